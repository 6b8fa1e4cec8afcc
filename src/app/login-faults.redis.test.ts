import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { answering, createGate, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { redisCli } from '../../e2e/support/redis-cluster.ts';
import { startRedis } from '../../e2e/support/redis.ts';
import { callbackOfTab, callbackUrlOf } from '../../e2e/support/sign-in.ts';
import { startTokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { useTokenApp } from '../../e2e/support/use-token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { stateHash } from '../gatehouse/login/login-transactions.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`faults during a login with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

    it('a provider that was never reached by this process costs no code', async () => {
      const client = createHttpClient();
      const callback = new URL(await callbackOfTab(client, app, '/profile'));
      const fresh = await app.another();
      app.faults.on('/.well-known/openid-configuration', dropping);
      app.faults.on(TOKEN, undefined);
      const deliver = () => client.get(fresh.url + callback.pathname + callback.search);
      for (let n = 0; n < 2; n += 1) {
        const response = await deliver();
        assert.equal(response.status, 503);
        assert.ok(response.headers.get('retry-after'));
      }
      app.faults.reset();
      assert.equal((await deliver()).headers.get('location'), '/profile');
      await fresh.stop();
    });

    it('a token endpoint that begins an answer and stalls is slow', async () => {
      const client = createHttpClient();
      const callback = await callbackOfTab(client, app, '/profile');
      app.faults.on(TOKEN, (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).write('{"access');
      });
      const response = await client.get(callback);
      assert.equal(response.status, 504);
      assert.ok(response.headers.get('retry-after'));
    });

    it('a provider in trouble at the callback is told by its own status', async () => {
      const cases: [number, string, Parameters<typeof app.faults.on>[1]][] = [
        [503, 'RATE_LIMITED', answering(429, {}, { 'retry-after': '9' })],
        [503, 'PROVIDER_UNAVAILABLE', answering(500, 'oops')],
        [502, 'PROVIDER_UNREADABLE', answering(200, '<h1>Hello</h1>')],
        [502, 'WRONG_CLIENT_SECRET', answering(401, { error: 'invalid_client' })],
        [400, 'LOGIN_EXPIRED', answering(400, { error: 'invalid_grant' })],
      ];
      for (const [status, code, fault] of cases) {
        const client = createHttpClient();
        const callback = await callbackOfTab(client, app, '/profile');
        app.faults.on(TOKEN, fault);
        const response = await client.get(callback);
        assert.match(await response.text(), new RegExp(code));
        assert.equal(response.status, status);
        if (code === 'RATE_LIMITED') assert.equal(response.headers.get('retry-after'), '9');
        app.faults.reset();
      }
    });
  });
}

it('Redis that fills up in the middle of a login signs nobody out', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const { client } = await tokenUser(app);
    const callback = await client.get(`${app.url}/login`);
    const url = (await client.follow(callback, /[?&]code=/)).headers.get('location') ?? '';
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = client.get(url);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    redisCli(redis.port, 'CONFIG', 'SET', 'maxmemory', '1');
    gate.open();
    const response = await page;
    assert.equal(response.status, 503);
    assert.deepEqual(
      response.headers.getSetCookie().filter((line) => /^gatehouse[.=]/.test(line)),
      [],
    );
    redisCli(redis.port, 'CONFIG', 'SET', 'maxmemory', '0');
    assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('a late answer under the old session id leaves the cookie of the new login alone', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const { client } = await tokenUser(app);
    const old = await client.jar.getCookieString(app.url);
    await client.follow(await client.get(`${app.url}/login`));
    assert.notEqual(await client.jar.getCookieString(app.url), old);
    const late = await fetch(app.url, { headers: { cookie: old, accept: 'text/html' } });
    assert.deepEqual(late.headers.getSetCookie(), []);
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('the claim of a process that died passes, and the callback is carried out', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const client = createHttpClient();
    const callback = await callbackUrlOf(client, `${app.url}/profile`, 'alice');
    const id = stateHash(new URL(callback).searchParams.get('state') ?? '');
    redisCli(redis.port, 'SET', `gatehouse:callback:${id}`, 'claimed', 'PX', '300');
    assert.equal((await client.get(callback)).headers.get('location'), '/profile');
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('a callback delivered to two processes at once is carried out by one of them', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  const second = await app.another();
  try {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${app.url}/profile?a=1`, 'alice'));
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const cookie = await client.jar.getCookieString(app.url);
    const deliver = (origin: string) =>
      fetch(origin + callback.pathname + callback.search, { headers: { cookie }, redirect: 'manual' });
    const deliveries = [deliver(app.url), deliver(second.url)];
    await waitFor('the token request', () => app.faults.count(TOKEN) > 0);
    gate.open();
    for (const response of await Promise.all(deliveries)) {
      assert.equal(response.headers.get('location'), '/profile?a=1');
      assert.match(response.headers.getSetCookie().join(), /gatehouse=/);
    }
    assert.equal(app.faults.count(TOKEN), 1);
    assert.deepEqual(app.events, []);
  } finally {
    await second.stop();
    await app.stop();
    await redis.stop();
  }
});
