import type { RequestHandler } from 'express';
import type { Page } from 'playwright/test';
import { EVERY_ERROR, type EveryErrorCode } from '../../src/program/every-error.ts';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';
import { type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { answering, dropping, rewriting } from '../support/provider-faults.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startTokenApp, type TokenApp } from '../support/token-app.ts';

/** The failures that a person can meet in a browser. error-catalogue.redis.test.ts has all failures, over HTTP. */
test.describe('errors in the browser', () => {
  test.describe.configure({ mode: 'serial' });
  let app: TokenApp;
  let api: FaultServer;
  let server: RedisServer | undefined;
  test.beforeAll(async ({ redis }) => {
    server = redis ? await startRedis() : undefined;
    api = await startFaultServer();
    app = await startTokenApp({ API_SERVER_URL: api.url, ...(server && { REDIS_URL: server.url }) });
  });
  test.afterAll(async () => {
    await app.stop();
    await api.stop();
    await server?.stop();
  });
  test.beforeEach(() => app.faults.reset());

  const signIn = async (page: Page, path = '/profile') => {
    await page.goto(`${app.url}/login?returnTo=${encodeURIComponent(path)}`);
    await new ProviderPage(page).signInAs('Bob Baker');
  };

  /** Signs in while the token request meets `fault`. */
  const signInMeeting = (fault: RequestHandler) => async (page: Page) => {
    app.faults.on('/token', fault);
    await signIn(page);
  };

  /** Signs in while the provider answers with an error. */
  const refusing =
    (error: string, description = '') =>
    async (page: Page) => {
      app.faults.on('/auth', (req, res) => {
        const state = new URL(req.originalUrl, app.providerUrl).searchParams.get('state') ?? '';
        const answer = { error, error_description: description, state, iss: app.providerUrl };
        res.redirect(`${app.url}/callback?${new URLSearchParams(answer).toString()}`);
      });
      await page.goto(`${app.url}/login`);
    };

  /** Opens `/protected` while the API gives this answer. */
  const calling =
    (...[status, headers, body = '{}']: [status: number, headers?: Record<string, string>, body?: string]) =>
    async (page: Page) => {
      api.answer((_req, res) => res.writeHead(status, headers).end(body));
      await signIn(page, '/protected');
    };

  const changedIdToken = (change: (parts: string[]) => string[]) =>
    rewriting((body) => ({ ...body, id_token: change(String(body['id_token']).split('.')).join('.') }));

  const cases: [EveryErrorCode, (page: Page) => Promise<unknown>][] = [
    ['LOGIN_EXPIRED', (page) => page.goto(`${app.url}/callback?code=old&state=old`)],
    ['LOGIN_CANCELLED', refusing('access_denied', 'Not for <b>you</b>')],
    ['LOGIN_NOT_ALLOWED', refusing('unauthorized_client')],
    ['CALLBACK_URL_MISMATCH', refusing('invalid_request', 'redirect_uri did not match')],
    ['PROVIDER_UNAVAILABLE', signInMeeting(dropping)],
    ['RATE_LIMITED', signInMeeting(answering(429, {}, { 'retry-after': '2' }))],
    ['PROVIDER_UNREADABLE', signInMeeting(answering(200, '<h1>It works</h1>'))],
    ['WRONG_CLIENT_SECRET', signInMeeting(answering(401, { error: 'invalid_client' }))],
    ['SIGNING_ALG_MISMATCH', signInMeeting(changedIdToken(([, payload = '']) => ['eyJhbGciOiJub25lIn0', payload, '']))],
    ['ID_TOKEN_INVALID', signInMeeting(changedIdToken(([header = '', payload = '']) => [header, payload, 'AAAA']))],
    ['PERMISSION_MISSING', calling(403)],
    ['API_UNREADABLE', calling(200, {}, '<h1>It works</h1>')],
    [
      'STEP_UP_FAILED',
      calling(401, { 'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age="60"' }),
    ],
    [
      'API_UNAVAILABLE',
      async (page) => {
        api.answer((req) => req.socket.destroy());
        await signIn(page, '/protected');
      },
    ],
    ['AUDIENCE_NOT_GRANTED', (page) => signIn(page, '/test/page?audience=https://unknown.gatehouse.test')],
    ['NOT_FOUND', (page) => page.goto(`${app.url}/nowhere`)],
  ];
  for (const [code, meet] of cases) {
    test(`${code}: ${EVERY_ERROR[code].title}`, async ({ page }) => {
      await meet(page);
      await expect(page.getByRole('heading', { level: 1, name: EVERY_ERROR[code].title })).toBeVisible();
      const main = page.getByRole('main');
      await expect(main).toContainText(code);
      await expect(main).toContainText('For whoever runs this app');
      // The page shows the provider's own words, as plain text.
      if (code === 'LOGIN_CANCELLED') await expect(main).toContainText('says: “Not for <b>you</b>”');
      // As soon as the fault is over, the page's own link signs in again.
      app.faults.reset();
      const again = main.getByRole('link', { name: /Sign in (again|with another account)/ });
      if (await again.isVisible()) {
        await again.click();
        await expect(page.getByText('Bob Baker').first()).toBeVisible();
      }
    });
  }
});

test.describe('logins in several tabs', () => {
  test('five tabs, finished in any order, each at its own page; then the back button', async ({ context, target }) => {
    const pages = await Promise.all([1, 2, 3, 4, 5].map(() => context.newPage()));
    for (const [n, page] of pages.entries()) await page.goto(`/profile?tab=${n}`);
    for (const n of [2, 4, 0, 3, 1]) {
      const page = pages[n];
      if (!page) throw new Error('no such tab');
      await new ProviderPage(page).signInAs('Alice Adams');
      await expect(page).toHaveURL(`${target.url}/profile?tab=${n}`);
      await expect(page.getByRole('heading', { name: 'Alice Adams' })).toBeVisible();
    }
    const [first] = pages;
    if (!first) throw new Error('no tab');
    await first.goBack();
    await first.goForward();
    await expect(first.getByRole('heading', { name: 'Alice Adams' })).toBeVisible();
  });

  test('a link from another site does not sign out; the page asks first', async ({ page, target }) => {
    await page.goto('/profile');
    await new ProviderPage(page).signInAs('Alice Adams');
    await page.route('http://other.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${target.url}/logout">Free gifts</a>` }),
    );
    await page.goto('http://other.example/');
    await page.getByRole('link', { name: 'Free gifts' }).click();
    await expect(page.getByRole('heading', { name: 'Sign out?' })).toBeVisible();
    await page.getByRole('link', { name: 'Stay signed in' }).click();
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Sign out' })).toBeVisible();

    await page.goto('http://other.example/');
    await page.getByRole('link', { name: 'Free gifts' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(`${target.url}/`);
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Sign in' })).toBeVisible();
  });
});
