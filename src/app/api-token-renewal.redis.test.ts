import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RequestHandler } from 'express';
import { answering, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { startTokenApp, tokenUser } from '../../e2e/support/token-app.ts';

const JSON_ONLY = { accept: 'application/json' };

describe('when the token has to be renewed', () => {
  it('a provider that refuses ends the session: pages go to the login and come back, JSON gets 401', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const [page, script] = [await tokenUser(app), await tokenUser(app)];
      await Promise.all([page.expire(), script.expire()]);
      await app.stopProvider();
      await app.startProvider(); // does not know the earlier refresh tokens
      const response = await page.client.get(`${app.url}/protected?a=1`);
      assert.equal(response.status, 302);
      assert.ok(response.headers.get('location')?.startsWith(app.providerUrl));
      const json = await script.client.get(`${app.url}/protected`, JSON_ONLY);
      assert.equal(json.status, 401);
      assert.equal(
        ((await json.json()) as { login_url: string }).login_url,
        `/login?returnTo=${encodeURIComponent('/protected')}`,
      );
      assert.equal((await script.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    } finally {
      await api.stop();
      await app.stop();
    }
  });

  it('a provider in trouble is told with its own status, and leaves the session', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const { client } = await tokenUser(app);
      const cases: [number, string, RequestHandler, boolean][] = [
        [503, 'PROVIDER_UNAVAILABLE', dropping, true],
        [503, 'PROVIDER_UNAVAILABLE', answering(500, 'oops'), true],
        [502, 'PROVIDER_UNREADABLE', answering(200, '<h1>Hello</h1>'), false],
        [504, 'PROVIDER_TIMEOUT', holding(new Promise(() => {})), true],
        [503, 'RATE_LIMITED', answering(429, {}, { 'retry-after': '7' }), true],
      ];
      for (const [status, code, fault, mayWait] of cases) {
        const user = code === 'PROVIDER_TIMEOUT' ? (await tokenUser(app)).client : client;
        app.faults.on('/token', fault);
        for (const headers of [JSON_ONLY, {}]) {
          const response = await user.postForm(`${app.url}/api-call/refresh`, {}, headers);
          assert.equal(response.status, status, code);
          assert.match(await response.text(), new RegExp(code));
          assert.equal(response.headers.has('retry-after'), mayWait, code);
        }
        assert.equal((await user.get(`${app.url}/api-call`)).status, 200);
        app.faults.reset();
      }
    } finally {
      await api.stop();
      await app.stop();
    }
  });

  it('a provider that is away leaves the session and the token that still lives', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const { client, expire } = await tokenUser(app);
      await client.get(`${app.url}/protected`); // the API has the provider's keys now
      await expire(20);
      await app.stopProvider();
      assert.equal((await client.get(`${app.url}/protected`)).status, 200);
      const forced = await client.postForm(`${app.url}/api-call/refresh`, {});
      assert.equal(forced.status, 503);
      assert.ok(forced.headers.get('retry-after'));
      assert.equal((await client.get(`${app.url}/profile`)).status, 200);
      assert.equal((await client.get(`${app.url}/logout`)).status, 302);
      assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    } finally {
      await api.stop();
      await app.stop();
    }
  });
});
