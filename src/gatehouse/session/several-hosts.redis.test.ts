import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { startRedisCluster } from '../../../e2e/support/redis-cluster.ts';
import { startRedisSentinel } from '../../../e2e/support/redis-sentinel.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { silent } from '../platform/logger.ts';
import { connectRedis, pingRedis, type Redis } from '../platform/redis.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createSecretsInUse } from './secrets-in-use.ts';
import { createRedisSessionStore } from './redis-session-store.ts';
import { describeSessionStore } from './session-store.suite.ts';

const JSON_ONLY = { accept: 'application/json' };

const kinds = [
  { name: 'a cluster of three nodes', start: startRedisCluster },
  { name: 'Sentinel', start: startRedisSentinel },
];

for (const { name, start } of kinds) {
  describe(`sessions on ${name}`, () => {
    let servers: Awaited<ReturnType<typeof start>>;
    let client: Redis;
    before(async () => {
      // The client starts first: to it, a Redis that has not started yet is an outage like any other.
      servers = await start((url) => {
        client = connectRedis(redisUrl(url), silent);
      });
      await waitFor('connected', () => pingRedis(client));
    });
    after(async () => {
      client.destroy();
      await servers.stop();
    });

    const secrets = ['a secret of the tests and of nobody else'];
    describeSessionStore(name, ({ now, ...session }) =>
      createRedisSessionStore({
        client,
        keys: createRedisKeys('test'),
        config: { secrets, session },
        secretsInUse: createSecretsInUse(client, createRedisKeys('test'), secrets),
        now,
      }),
    );

    it('survive, with logins, logouts and, where there is one, a failover', async () => {
      const app = await startApp({ env: { REDIS_URL: servers.url } });
      try {
        const browsers = await Promise.all(
          ['alice', 'bob', 'carol', 'dave'].map(async (user) => {
            const browser = createHttpClient();
            await waitFor('a login', async () => (await signIn(browser, `${app.url}/profile`, user)).status === 200);
            return { browser, user };
          }),
        );
        if ('killMaster' in servers) {
          await servers.killMaster();
          await waitFor('ready', async () => (await createHttpClient().get(`${app.url}/ready`)).ok);
        }
        for (const { browser, user } of browsers) {
          const { user: claims } = (await (await browser.get(`${app.url}/profile`, JSON_ONLY)).json()) as {
            user: { sub: string };
          };
          assert.equal(claims.sub, `local|${user}`);
          assert.equal((await browser.get(`${app.url}/logout`)).status, 302);
          assert.equal((await browser.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
        }
      } finally {
        await app.stop();
      }
    });
  });
}
