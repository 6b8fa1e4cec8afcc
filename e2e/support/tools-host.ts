/** An app that somebody tests with the package's testing kit. It reads its settings from .env, or is given them. */
const APP_JS = String.raw`
import express from 'express';
import { gatehouse, requireToken } from 'gatehouse';

export function createApp(env) {
  const door = gatehouse({ env });
  const app = express();
  app.use(door);
  app.get('/', (req, res) => res.send('<h1>' + (door.user(req)?.name ?? 'nobody') + '</h1>'));
  app.get('/account', door.signedIn, (req, res) => res.send('<h1>' + door.user(req).name + '</h1>'));
  app.get('/staff', door.allow((user) => user.claims.role === 'staff', 'staff'), (req, res) => res.json(door.user(req).claims));
  app.post('/theme', door.signedIn, async (req, res) => {
    await door.session(req).save({ theme: 'dark' });
    res.json(door.session(req).data);
  });
  app.get('/token', door.signedIn, async (req, res) => res.json((await door.accessToken(req)).value));
  app.get('/api', requireToken({ env }), (req, res) => res.json(req.auth.sub));
  app.get('/api/reports', requireToken({ env, permission: 'read:reports' }), (req, res) => res.json(req.auth.sub));
  app.use(door.errors);
  return { app, door };
}
`;

const SERVER_JS = String.raw`
import { createApp } from './app.js';

process.loadEnvFile('.env');
const { app, door } = createApp(process.env);
const server = app.listen(Number(process.env.PORT), () => console.log('ready on ' + process.env.PORT));
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void door.stop();
});
`;

/** Tests of that app, as docs/testing.md shows them. */
const APP_TEST_JS = String.raw`
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, it } from 'node:test';
import { fetchWithCookies, signIn, startProvider } from 'gatehouse/testing';
import { chromium } from 'playwright';
import request from 'supertest';
import { createApp } from './app.js';

const ANN = { sub: 'ann', name: 'Ann Archer', role: 'staff' };
let provider, app, door, server;
before(async () => {
  provider = await startProvider({ audience: 'https://api.example' });
  ({ app, door } = createApp(provider.env));
  server = app.listen(Number(provider.env.PORT));
  await once(server, 'listening');
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await door.stop();
  await provider.stop();
});

it('fetch', async () => {
  const client = fetchWithCookies();
  await signIn(client, ANN);
  assert.equal((await (await client('/staff')).json()).sub, 'ann');
  const saved = await client('/theme', { method: 'POST' });
  assert.deepEqual(await saved.json(), { theme: 'dark' });
  await signIn(client, { ...ANN, role: 'guest' });
  assert.equal((await client('/staff')).status, 403);
});

it('supertest', async () => {
  const agent = request.agent(app);
  await signIn(agent, ANN);
  await agent.get('/staff').expect(200).expect(/Ann Archer/);
  await agent.post('/theme').expect(403);
  await agent.post('/theme').set('Sec-Fetch-Site', 'same-origin').expect(200, { theme: 'dark' });
  await request(app).get('/staff').set('Accept', 'application/json').expect(401);
});

it('access tokens', async () => {
  for (const [user, status] of [[{ sub: 'ben' }, 403], [{ ...ANN, permissions: ['read:reports'] }, 200]]) {
    const client = fetchWithCookies();
    await signIn(client, user);
    const headers = { authorization: 'Bearer ' + (await (await client('/token')).json()) };
    assert.equal((await fetch(provider.appUrl + '/api/reports', { headers })).status, status);
  }
});

it('Playwright', async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await signIn(page, ANN, { returnTo: '/account' });
    assert.equal(await page.innerText('h1'), 'Ann Archer');
    assert.equal(page.url(), provider.appUrl + '/account');
  } finally {
    await browser.close();
  }
});
`;

export const TOOLS_HOST = { 'app.js': APP_JS, 'server.js': SERVER_JS, 'app.test.js': APP_TEST_JS };
