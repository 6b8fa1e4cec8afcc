import type { RequestHandler } from 'express';
import type { Page } from 'playwright/test';
import { expect, test } from '../fixtures.ts';
import { ProviderPage } from '../pages/provider-page.ts';
import { answering, dropping, holding } from '../support/provider-faults.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startTokenApp, type TokenApp } from '../support/token-app.ts';

/** What people see of every outcome of the token service. src/gatehouse/tokens tests its cases in detail. */
test.describe('access tokens in the browser', () => {
  let app: TokenApp;
  let api: { stop(): Promise<void> };
  let server: RedisServer | undefined;
  test.beforeAll(async ({ redis }) => {
    server = redis ? await startRedis() : undefined;
    app = await startTokenApp(server ? { REDIS_URL: server.url } : {});
    api = await app.startApi();
  });
  test.afterAll(async () => {
    await api.stop();
    await app.stop();
    await server?.stop();
  });
  test.describe.configure({ mode: 'serial' });

  test.beforeEach(async ({ page }) => {
    app.faults.reset();
    await page.goto(`${app.url}/protected`);
    await new ProviderPage(page).signInAs('Bob Baker');
    await expect(page.getByText('This is a protected message.')).toBeVisible();
  });

  const expire = (page: Page, query = '') => page.request.get(`${app.url}/test/expire?${query}`);

  test('an expired token is renewed and nobody notices', async ({ page }) => {
    await expire(page);
    await page.goto(`${app.url}/protected`);
    await expect(page.getByText('This is a protected message.')).toBeVisible();
  });

  test('without a refresh token, or with one that is refused, the page comes after a login', async ({ page }) => {
    await expire(page, 'forget');
    await page.goto(`${app.url}/protected?a=1`);
    await expect(page).toHaveURL(`${app.url}/protected?a=1`);
    await expect(page.getByText('This is a protected message.')).toBeVisible();

    await expire(page);
    app.faults.reset();
    app.faults.on('/token', (req, res, next) => {
      if (app.faults.count('/token') > 1) next();
      else answering(400, { error: 'invalid_grant' })(req, res, next);
    });
    await page.goto(`${app.url}/protected?a=2`);
    await expect(page).toHaveURL(`${app.url}/protected?a=2`);
    await expect(page.getByText('This is a protected message.')).toBeVisible();
  });

  const troubles: [string, RequestHandler][] = [
    ['Sign-in is not available right now', dropping],
    ['The sign-in service gave a strange answer', answering(200, '<h1>It works</h1>')],
    ['Sign-in is slow right now', holding(new Promise(() => {}))],
    ['Sign-in is busy right now', answering(429, {}, { 'retry-after': '3' })],
  ];
  for (const [title, fault] of troubles) {
    test(`a provider in trouble is a page: ${title}`, async ({ page }) => {
      await expire(page);
      app.faults.on('/token', fault);
      await page.goto(`${app.url}/protected`);
      await expect(page.getByRole('heading', { name: title })).toBeVisible();
      await page.goto(`${app.url}/profile`);
      await expect(page.getByRole('heading', { name: 'Bob Baker' })).toBeVisible();

      app.faults.reset();
      await expect(async () => {
        await page.goto(`${app.url}/protected`);
        await expect(page.getByText('This is a protected message.')).toBeVisible({ timeout: 500 });
      }).toPass();
    });
  }

  test('a provider that wants the person gets a sign-in, and a page explains where that was not enough', async ({
    page,
  }) => {
    app.faults.reset();
    app.faults.on('/token', (req, res, next) => {
      const isLogin = app.faults.count('/token') === 2;
      if (isLogin) next();
      else answering(403, { error: 'mfa_required' })(req, res, next);
    });
    await page.goto(`${app.url}/test/page`);
    await new ProviderPage(page).signInAs('Bob Baker');
    await expect(page.getByRole('heading', { name: 'Signing in again was not enough' })).toBeVisible();
    await expect(page).toHaveURL(`${app.url}/test/page`);
  });

  test('an API that is not granted is named', async ({ page }) => {
    await page.goto(`${app.url}/test/page?audience=https://unknown.gatehouse.test`);
    await expect(page.getByRole('heading', { name: 'No access to this API' })).toBeVisible();
    await expect(page.getByRole('main')).toContainText('https://unknown.gatehouse.test');
  });

  test('a scope that nobody asked for can be asked for', async ({ page }) => {
    const audience = app.env['AUTH0_AUDIENCE'] ?? '';
    await page.goto(`${app.url}/test/page?audience=${audience}&scope=read:messages`);
    await expect(page.getByRole('heading', { name: 'You may not see this' })).toBeVisible();
    await page.getByRole('link', { name: 'Ask for this permission' }).click();
    await expect(page.getByRole('heading', { name: 'Here is the report' })).toBeVisible();
  });
});
