import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import express from 'express';
import { gatehouse } from '../index.ts';
import { AWAY_ENV } from '../../../e2e/support/client-env.ts';

it('the door’s own routes are in any case, also on a host that is strict about its own', async (t) => {
  const door = gatehouse({
    env: AWAY_ENV,
  });
  const app = express().set('case sensitive routing', true).set('strict routing', true).use(door);
  app.get('/Login/of-the-host', (_req, res) => void res.json({}));
  app.use(door.errors);
  const server = app.listen(0);
  t.after(async () => {
    await once(server.close(), 'close');
    await door.stop();
  });
  await once(server, 'listening');
  const statusOf = async (path: string) => {
    const url = `http://localhost:${(server.address() as AddressInfo).port}${path}`;
    return (await fetch(url, { redirect: 'manual', headers: { accept: 'text/html', connection: 'close' } })).status;
  };
  // 503, because the provider is away.
  for (const path of ['/login', '/LOGIN', '/login/', '/Login/?returnTo=/a', '/SIGNUP']) {
    assert.equal(await statusOf(path), 503, path);
  }
  for (const path of ['/logout', '/LOGOUT', '/Logout/']) assert.equal(await statusOf(path), 302, path);
  assert.equal(await statusOf('/Callback/'), 400);
  assert.equal(await statusOf('/Login/of-the-host'), 200);
  for (const path of [
    '/login//',
    '//login',
    '/login;x=1',
    '/%6Cogin',
    '/log%49n',
    '/login/x',
    '/logout;x',
    '/%256Cogout',
  ]) {
    assert.equal(await statusOf(path), 404, path);
  }
});
