import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { startApp, type TestApp } from '../../e2e/support/app.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { limitByAddress } from '../gatehouse/door/rate-limit.ts';

const ROUTES = ['/login', '/LOGIN/', '/signup', '/callback'];

for (const kind of ['Redis', 'no Redis'] as const) {
  describe(`addresses that ask too often, with ${kind}`, () => {
    let redis: RedisServer | undefined;
    let app: TestApp;
    before(async () => {
      redis = kind === 'Redis' ? await startRedis() : undefined;
      const env = { RATE_LIMIT_PER_MINUTE: '3', TRUST_PROXY: '1' };
      app = await startApp({ env: { ...env, ...(redis && { REDIS_URL: redis.url }) } });
    });
    after(async () => {
      await app.stop();
      await redis?.stop();
    });

    const get = (address: string | undefined, path = '/login', url = app.url) =>
      createHttpClient().get(url + path, address ? { 'x-forwarded-for': address } : {});

    it('are refused on the routes of signing in together, for a minute; others are not', async () => {
      const statuses: number[] = [];
      for (const path of ROUTES) statuses.push((await get('203.0.113.1', path)).status);
      assert.deepEqual(statuses, [302, 302, 302, 429]);
      const refused = await get('203.0.113.1');
      assert.match(await refused.text(), /Too many attempts/);
      const seconds = Number(refused.headers.get('retry-after'));
      assert.ok(seconds > 0 && seconds <= 60, String(seconds));
      assert.equal((await get('203.0.113.1', '/')).status, 200);
      assert.equal((await get('203.0.113.2')).status, 302);
    });

    it('are one, where they are of one network (IPv6), and believed of a trusted proxy only', async () => {
      for (let n = 1; n <= 3; n += 1) assert.equal((await get(`2001:db8:1:${n}::1`)).status, 302);
      assert.equal((await get('2001:db8:1:ff::2')).status, 429);
      // The last address in the header is the one that the proxy itself has seen.
      for (let n = 1; n <= 4; n += 1) {
        assert.equal((await get(`198.51.100.${n}, 203.0.113.9`)).status, n === 4 ? 429 : 302);
      }
    });

    it('are not counted on this machine: that is everybody, where a proxy here is not trusted', async () => {
      for (let n = 0; n < 6; n += 1) assert.equal((await get(undefined)).status, 302);
    });

    it('are counted by all processes together where there is Redis', async () => {
      const other = await app.another();
      try {
        for (let n = 0; n < 3; n += 1) await get('203.0.113.4', '/login', n % 2 ? other.url : app.url);
        assert.equal((await get('203.0.113.4', '/login', other.url)).status, redis ? 429 : 302);
      } finally {
        await other.stop();
      }
    });

    it('are not counted for logout tokens that were taken: a provider may end thousands of sessions at once', async () => {
      const host = express().set('trust proxy', 1).use(limitByAddress(3, app.inside.redis));
      host.use((req, res) => void res.sendStatus(req.path === '/taken' ? 204 : 400));
      host.use(((_error, _req, res, _next) => void res.sendStatus(429)) as express.ErrorRequestHandler);
      const server = host.listen(0);
      await once(server, 'listening');
      const url = `http://localhost:${(server.address() as AddressInfo).port}`;
      const statuses: number[] = [];
      for (const path of [...Array<string>(8).fill('/taken'), ...Array<string>(4).fill('/refused')]) {
        statuses.push((await get('203.0.113.5', path, url)).status);
      }
      server.close();
      assert.deepEqual(statuses, [...Array<number>(8).fill(204), 400, 400, 400, 429]);
    });

    it('pass at once while Redis hangs, without a word on the console', async (t) => {
      if (!redis) return t.skip('no Redis');
      const said = t.mock.method(console, 'error', () => undefined);
      redis.pause();
      try {
        for (let n = 0; n < 5; n += 1) {
          const began = performance.now();
          assert.equal((await get('203.0.113.6')).status, 503);
          assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
        }
      } finally {
        redis.resume();
      }
      assert.equal(said.mock.callCount(), 0);
    });
  });
}
