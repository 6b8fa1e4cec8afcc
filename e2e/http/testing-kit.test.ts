import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, it } from 'node:test';
import express from 'express';
import { gatehouse, LoginRefused } from '../../src/gatehouse/index.ts';
import { fetchWithCookies, signIn, startProvider, type TestProvider } from '../../src/testing/index.ts';
import { launchChromium } from '../support/find-tools.ts';
import { createHttpClient } from '../support/http-client.ts';

/** As much of supertest's agent as `signIn` uses, over our own client: this project does not depend on supertest. */
function agentOf(origin: string, client = createHttpClient()) {
  const get = (path: string) => ({
    redirects: async () => {
      const response = await client.get(origin + path);
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, text: await response.text() };
    },
  });
  return { get, client };
}

const STAFF = { sub: 'ann', name: 'Ann Archer', email: 'ann@example.com', role: 'staff' };

let provider: TestProvider;
let stop: () => Promise<void>;
before(async () => {
  provider = await startProvider();
  const door = gatehouse({
    env: provider.env,
    onLogin: ({ claims }) => {
      if (claims['blocked'] === true) throw new LoginRefused('This account has moved out.');
    },
  });
  const app = express().use(door);
  app.get('/account', door.signedIn, (req, res) => void res.send(`<h1>${door.user(req)?.name}</h1>`));
  app.get(
    '/staff',
    door.allow(({ claims }) => claims['role'] === 'staff', 'staff'),
    (req, res) => void res.json(door.user(req)?.claims),
  );
  app.get('/', (req, res) => void res.send(door.user(req)?.sub ?? 'nobody'));
  app.use(door.errors);
  const server = app.listen(Number(provider.env['PORT']));
  await once(server, 'listening');
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await door.stop();
    await provider.stop();
  };
});
after(() => stop());

it('signs a user in who is made on the spot, with any claims, for fetch', async () => {
  const [client, other] = [fetchWithCookies(), fetchWithCookies()];
  await signIn(client, STAFF);
  await signIn(other, { sub: 'ben', name: 'Ben' });
  const claims = (await (await client(`${provider.appUrl}/staff`)).json()) as Record<string, unknown>;
  for (const [name, value] of Object.entries(STAFF)) assert.equal(claims[name], value, name);
  assert.equal((await other(`${provider.appUrl}/staff`)).status, 403);
  // Somebody who is signed in already becomes what the test says now.
  await signIn(other, { sub: 'ben', name: 'Ben', role: 'staff' });
  assert.equal((await other(`${provider.appUrl}/staff`)).status, 200);
});

it('signs a user in for a page of Playwright’s, which ends where it was to', async (t) => {
  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await signIn(page, STAFF, { returnTo: '/account' });
  await page.getByRole('heading', { name: 'Ann Archer' }).waitFor();
  assert.equal(page.url(), `${provider.appUrl}/account`);
});

it('signs a user in for an agent such as supertest’s, and another in the same', async () => {
  const { client, ...agent } = agentOf(provider.appUrl);
  for (const sub of ['cat', 'dog']) {
    await signIn(agent, { sub });
    assert.equal(await (await client.get(`${provider.appUrl}/`)).text(), sub);
  }
});

it('rejects with what the app says of a user whom it refuses', async () => {
  await assert.rejects(signIn(fetchWithCookies(), { sub: 'eve', blocked: true }), /403.*This account has moved out/);
});

it('says how far it came where the app is not there', async () => {
  await assert.rejects(signIn(fetchWithCookies(), STAFF, { loginPath: '/no-such-page' }), /404/);
});
