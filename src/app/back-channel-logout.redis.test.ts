import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { startApp } from '../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { deliver, EVENTS, tokensOf } from '../../e2e/support/logout-tokens.ts';
import { startRedis } from '../../e2e/support/redis.ts';
import { signIn } from '../../e2e/support/sign-in.ts';
import { startTokenIssuer } from '../../e2e/support/token-issuer.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };

describe('POST /backchannel-logout', () => {
  it('takes logout tokens only, once each, and does nothing by halves', async () => {
    const issuer = await startTokenIssuer();
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url, ISSUER_BASE_URL: issuer.url } });
    const send = async (form: Record<string, string>) => {
      const response = await fetch(`${app.url}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      assert.equal(response.headers.get('cache-control'), 'no-store');
      return response;
    };
    try {
      const claims = { aud: 'gatehouse-test', jti: randomUUID(), events: EVENTS, sub: 'nobody' };
      const token = await issuer.sign(claims, { header: { typ: 'logout+jwt' } });
      assert.equal((await send({ logout_token: token })).status, 204);
      assert.equal((await send({ logout_token: token })).status, 204);
      for (const form of [{}, { logout_token: 'x' }, { logout_token: await issuer.sign() }]) {
        const response = await send(form);
        assert.equal(response.status, 400);
        const body = (await response.json()) as Record<string, string>;
        assert.equal(body['error'], 'invalid_request');
        assert.ok(body['error_description']);
      }
      assert.equal((await fetch(`${app.url}/backchannel-logout`)).status, 404);

      await redis.stop();
      const other = await issuer.sign({ ...claims, jti: randomUUID() }, { header: { typ: 'logout+jwt' } });
      const away = await send({ logout_token: other });
      assert.equal(away.status, 503);
      assert.ok(away.headers.get('retry-after'));
    } finally {
      await app.stop();
      await issuer.stop();
    }
  });

  it('keys that cannot be had are an outage, and the token is still good afterwards', async () => {
    const issuer = await startTokenIssuer();
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url, ISSUER_BASE_URL: issuer.url } });
    try {
      const claims = { aud: 'gatehouse-test', jti: randomUUID(), events: EVENTS, sub: 'nobody' };
      await issuer.rotate();
      const token = await issuer.sign(claims, { header: { typ: 'logout+jwt' } });
      issuer.misbehave((_req, res) => res.writeHead(500).end());
      const away = await deliver(app, token);
      assert.equal(away.status, 503);
      assert.ok(Number(away.headers.get('retry-after')) > 0);
      issuer.misbehave(undefined);
      await waitFor('recovery', async () => (await deliver(app, token)).status === 204);
    } finally {
      await app.stop();
      await redis.stop();
      await issuer.stop();
    }
  });

  it('by sub ends every session of the user; replayed after a new login it ends nothing', async () => {
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url } });
    try {
      const sign = await tokensOf(app);
      const [one, two, bob] = [createHttpClient(), createHttpClient(), createHttpClient()];
      for (const client of [one, two]) await signIn(client, `${app.url}/login`, 'alice');
      await signIn(bob, `${app.url}/login`, 'bob');
      const status = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status;

      // Times with fractions are valid, too (RFC 7519 section 2).
      const token = await sign({ sub: 'local|alice', exp: Date.now() / 1000 + 100.5 });
      assert.equal((await deliver(app, token)).status, 204);
      assert.deepEqual([await status(one), await status(two), await status(bob)], [401, 401, 200]);

      await one.follow(await one.get(`${app.url}/login`));
      assert.equal(await status(one), 200);
      assert.equal((await deliver(app, token)).status, 204);
      assert.equal(await status(one), 200);
      // A sid names the one session that is meant, whatever the sub says.
      assert.equal((await deliver(app, await sign({ sub: 'local|alice', sid: 'other' }))).status, 204);
      assert.equal(await status(one), 200);
    } finally {
      await app.stop();
      await redis.stop();
    }
  });

  it('tells every failure as JSON, and a token that met an outage is still good afterwards', async () => {
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url } });
    try {
      const sign = await tokensOf(app);
      const client = createHttpClient();
      await signIn(client, `${app.url}/login`, 'alice');
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const [body, headers] of [
        [`logout_token=${'x'.repeat(20_000)}`, form],
        ['logout_token=x', { 'content-type': `${form['content-type']}; charset=none` }],
        ['logout_token=x', { ...form, 'content-encoding': 'none' }],
        ['logout_token=x&logout_token=y', form],
        ['{"logout_token":"x"}', { 'content-type': 'application/json' }],
        ['', {}],
      ] as const) {
        const response = await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body, headers });
        assert.equal(response.status, 400, body.slice(0, 30));
        assert.equal(((await response.json()) as { error: string }).error, 'invalid_request');
      }

      const token = await sign({ sub: 'local|alice' });
      redis.program.process.kill('SIGSTOP');
      const away = await deliver(app, token);
      redis.program.process.kill('SIGCONT');
      assert.equal(away.status, 503);
      assert.ok(Number(away.headers.get('retry-after')) > 0);
      assert.equal(((await away.json()) as { error: string }).error, 'SESSION_STORE_UNAVAILABLE');
      await waitFor('recovery', async () => (await deliver(app, token)).status === 204);
      assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    } finally {
      await app.stop();
      await redis.stop();
    }
  });

  it('is not there without Redis, nor is /sessions', async () => {
    const app = await startApp();
    try {
      for (const [method, path] of [
        ['POST', '/backchannel-logout'],
        ['GET', '/sessions'],
        ['POST', '/sessions/revoke-others'],
      ] as const) {
        const response = await fetch(`${app.url}${path}`, { method, headers: JSON_ONLY });
        assert.equal(response.status, 404, path);
      }
    } finally {
      await app.stop();
    }
  });
});
