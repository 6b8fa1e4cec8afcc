import type { Page } from 'playwright';
import { DEMO_USERS } from '../../src/provider/demo-users.ts';
import { ProviderPage } from '../pages/provider-page.ts';
import { answering, dropping } from './provider-faults.ts';
import type { Stage } from './stage.ts';

/** A page as somebody may meet it. */
export interface PageState {
  /** Fit for a file name. */
  readonly name: string;
  /** Who is signed in; by default nobody. */
  readonly as?: string;
  /** Brings the page into the state. The stage is healthy before. */
  readonly open: (page: Page, stage: Stage) => Promise<unknown>;
}

/** The demo user with forty claims and a name of more than a hundred letters, written from right to left. */
const DAVE = DEMO_USERS.at(-1)?.claims.name ?? '';

const at =
  (path: string): PageState['open'] =>
  (page, { app }) =>
    page.goto(app.url + path);

const atProvider =
  (path: string): PageState['open'] =>
  (page, { app }) =>
    page.goto(app.providerUrl + path);

/** A page that calls the API, which gives this answer. */
const withApi =
  (status: number, body: unknown, path = '/api-call'): PageState['open'] =>
  (page, { app, api }) => {
    api.answer((_req, res) => res.writeHead(status).end(JSON.stringify(body)));
    return page.goto(app.url + path);
  };

const withoutRedis =
  (path: string): PageState['open'] =>
  async (page, { app, redis }) => {
    redis.pause();
    await page.goto(app.url + path).finally(() => redis.resume());
  };

/** The page some time after it was loaded, with what another tab says about the session. */
const whenSessionEnds =
  (seconds: number, { isLast = false, isOver = false } = {}): PageState['open'] =>
  async (page, { app }) => {
    await page.goto(`${app.url}/`);
    // As text: it is the browser's code, not ours.
    const [endsAt, latest] = isOver ? ['0', '0'] : [`Date.now() + ${seconds}e3`, isLast ? 'endsAt' : 'Infinity'];
    await page.evaluate(`{
      const endsAt = ${endsAt};
      const { who } = document.querySelector('#session-end').dataset;
      new BroadcastChannel('gatehouse-session').postMessage({ who, endsAt, latest: ${latest} });
    }`);
    await page.locator('#session-end').waitFor();
  };

const signedOut: readonly PageState[] = [
  { name: 'home', open: at('/') },
  {
    name: 'home-signed-out-from-elsewhere',
    as: 'Bob Baker',
    open: async (page, { app }) => {
      await app.door.endSessions({ sub: 'local|bob' });
      await page.goto(`${app.url}/`);
    },
  },
  { name: 'home-while-redis-is-away', as: 'Alice Adams', open: withoutRedis('/') },
  { name: 'error-redis-is-away', as: 'Alice Adams', open: withoutRedis('/profile') },
  { name: 'error-not-found', open: at('/nowhere') },
  { name: 'error-login-expired', open: at('/callback?code=x&state=y') },
  {
    name: 'error-login-cancelled',
    open: async (page, { app }) => {
      await page.goto(`${app.url}/login`);
      await new ProviderPage(page).cancel();
      await page.waitForURL(/callback/);
    },
  },
  {
    name: 'error-provider-is-away',
    open: async (page, { app }) => {
      app.faults.on('/token', dropping);
      await page.goto(`${app.url}/login`);
      await new ProviderPage(page).signInAs('Bob Baker');
      await page.waitForURL(/callback/);
    },
  },
];

const signedIn: readonly PageState[] = [
  { name: 'home-signed-in', as: 'Alice Adams', open: at('/') },
  { name: 'profile', as: 'Alice Adams', open: at('/profile') },
  {
    name: 'profile-as-json',
    as: 'Bob Baker',
    open: async (page, { app }) => {
      await page.goto(`${app.url}/profile`);
      await page.getByText('The same as JSON').click();
    },
  },
  {
    name: 'profile-just-signed-up',
    open: async (page, { app }) => {
      await page.goto(`${app.url}/signup?returnTo=/profile`);
      await page.getByLabel('Name').fill('B');
      await page.getByLabel('E-mail').fill(`b${Date.now()}@example.com`);
      await page.getByLabel('Password').fill('password');
      await page.getByRole('button', { name: 'Sign up' }).click();
      await page.waitForURL(/profile/);
    },
  },
  { name: 'api-call', as: 'Alice Adams', open: at('/api-call') },
  {
    name: 'api-call-with-an-older-token',
    as: 'Bob Baker',
    open: async (page, { app }) => {
      await page.request.get(`${app.url}/test/expire?in=330`);
      await page.goto(`${app.url}/api-call`);
    },
  },
  { name: 'api-call-answered-with-an-error', as: 'Bob Baker', open: withApi(500, { error: 'broken' }) },
  { name: 'api-call-refused', as: 'Bob Baker', open: withApi(401, { error: 'invalid_token' }) },
  {
    name: 'error-api-is-away',
    as: 'Bob Baker',
    open: (page, { app, api }) => {
      api.answer((req) => req.socket.destroy());
      return page.goto(`${app.url}/api-call`);
    },
  },
  {
    name: 'error-provider-is-away-at-a-refresh',
    as: 'Bob Baker',
    open: async (page, { app }) => {
      await page.request.get(`${app.url}/test/expire`);
      app.faults.on('/token', answering(429, {}, { 'retry-after': '1' }));
      await page.goto(`${app.url}/api-call`);
    },
  },
  { name: 'protected', as: 'Alice Adams', open: at('/protected') },
  { name: 'admin', as: 'Carol Admin', open: at('/admin') },
  { name: 'error-permission-missing', as: 'Alice Adams', open: at('/admin') },
  {
    name: 'error-permission-that-can-be-asked-for',
    as: 'Alice Adams',
    open: at('/test/page?audience=https://api.gatehouse.test&scope=read:messages'),
  },
  {
    name: 'sessions-this-one-only',
    open: async (page, { app }) => {
      await app.door.endSessions({ sub: 'local|alice' });
      await signInAs(page, 'Alice Adams', app.url);
      await page.goto(`${app.url}/sessions`);
    },
  },
  {
    name: 'sessions-several',
    as: 'Carol Admin',
    open: async (page, { app }) => {
      const phone =
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1';
      for (const userAgent of [phone, 'curl/8.0']) {
        const context = await page.context().browser()?.newContext({ userAgent });
        const other = await context?.newPage();
        if (!other) throw new Error('no other browser');
        await signInAs(other, 'Carol Admin', app.url);
        await context?.close();
      }
      await page.goto(`${app.url}/sessions`);
    },
  },
  {
    name: 'question-before-a-logout',
    as: 'Alice Adams',
    open: async (page, { app }) => {
      await page.route('http://other.example/', (route) =>
        route.fulfill({ contentType: 'text/html', body: `<a href="${app.url}/logout">Sign out</a>` }),
      );
      await page.goto('http://other.example/');
      await page.getByRole('link').click();
      await page.getByRole('heading', { name: 'Sign out?' }).waitFor();
    },
  },
  { name: 'session-ends-soon', as: 'Alice Adams', open: whenSessionEnds(110) },
  { name: 'session-ends-for-good', as: 'Alice Adams', open: whenSessionEnds(50, { isLast: true }) },
  { name: 'session-over', as: 'Alice Adams', open: whenSessionEnds(0, { isOver: true }) },
  {
    name: 'session-could-not-be-kept',
    as: 'Alice Adams',
    open: async (page, stage) => {
      await whenSessionEnds(110)(page, stage);
      stage.redis.pause();
      await page.getByRole('button', { name: 'Stay signed in' }).click();
      await page
        .getByText('That did not work')
        .waitFor()
        .finally(() => stage.redis.resume());
    },
  },
  { name: 'long-home', as: DAVE, open: at('/') },
  { name: 'long-profile', as: DAVE, open: at('/profile') },
  { name: 'long-api-call', as: DAVE, open: at('/api-call') },
  {
    name: 'long-answer',
    as: DAVE,
    open: withApi(
      200,
      { text: 'مرحبا '.repeat(40), list: Array.from({ length: 20 }, (_, n) => 'x'.repeat(n * 9)) },
      '/protected',
    ),
  },
  { name: 'long-error-permission-missing', as: DAVE, open: at('/admin') },
];

const ofTheProvider: readonly PageState[] = [
  { name: 'provider-home', open: atProvider('/') },
  { name: 'provider-sign-in', open: at('/login') },
  {
    name: 'provider-sign-in-wrong-password',
    open: async (page, { app }) => {
      await page.goto(`${app.url}/login`);
      await new ProviderPage(page).signIn({ username: 'alice', password: 'wrong' });
      await page.getByRole('alert').waitFor();
    },
  },
  { name: 'provider-sign-up', open: at('/signup') },
  { name: 'provider-sign-out', as: 'Alice Adams', open: atProvider('/session/end') },
  { name: 'provider-signed-out', open: atProvider('/session/end/success') },
  { name: 'provider-error', open: atProvider('/auth?client_id=nobody') },
];

/** Every page in every state that it has. */
export const PAGE_STATES: readonly PageState[] = [...signedOut, ...signedIn, ...ofTheProvider];

async function signInAs(page: Page, name: string, url: string): Promise<void> {
  await page.goto(`${url}/login`);
  await new ProviderPage(page).signInAs(name);
  await page.waitForURL(`${url}/`);
}

/** Brings a page of a new browser context into a state. */
export async function openState(page: Page, stage: Stage, state: PageState): Promise<void> {
  stage.reset();
  // Otherwise a picture or a measurement could fall into a transition between two looks.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (state.as) await signInAs(page, state.as, stage.app.url);
  await state.open(page, stage);
  await page.waitForLoadState();
}
