import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { adding, DISCOVERY, keys, published, signInThere } from '../../../e2e/support/peculiar-provider.ts';
import { answering, rewriting } from '../../../e2e/support/provider-faults.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { startTokenApp } from '../../../e2e/support/token-app.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };

describe('UserInfo as a signed JWT', () => {
  for (const [what, alg, name] of [
    ['completes the profile', 'RS256', 'Alice in JWT'],
    ['that another has signed adds nothing, and costs nobody the login', 'PS256', undefined],
  ] as const) {
    it(what, async () => {
      const app = await startTokenApp({}, {}, { profileInIdToken: false });
      const own = keys[alg];
      try {
        app.faults.on(
          DISCOVERY,
          rewriting((body) => ({ ...body, userinfo_signing_alg_values_supported: ['RS256', 'PS256'] })),
        );
        // The provider publishes only one of the two keys.
        app.faults.on(
          '/jwks',
          rewriting((body) => adding(() => published('RS256', 'ours'))(body, app)),
        );
        app.faults.on('/me', (_req, res) => {
          const claims = { sub: 'local|alice', name: 'Alice in JWT', iss: app.providerUrl, aud: 'gatehouse-test' };
          void new SignJWT(claims)
            .setProtectedHeader({ alg, kid: 'ours' })
            .sign(own.privateKey)
            .then((jwt) => res.type('application/jwt').send(jwt));
        });
        const { client } = await signInThere(app);
        const answer = await client.get(`${app.url}/`, JSON_ONLY);
        const { user } = (await answer.json()) as { user: { sub: string; name?: string } };
        assert.deepEqual([user.sub, user.name], ['local|alice', name]);
      } finally {
        await app.stop();
      }
    });
  }
});

it('UserInfo that failed at the login is asked again when the tokens are renewed', async () => {
  // In Redis, because a session in a cookie cannot change once the response is sent.
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url }, {}, { profileInIdToken: false });
  try {
    app.faults.on('/me', answering(500, {}));
    const { client } = await signInThere(app);
    const nameNow = async () =>
      ((await (await client.get(`${app.url}/`, JSON_ONLY)).json()) as { user: { name?: string } }).user.name;
    assert.equal(await nameNow(), undefined);
    app.faults.on('/me', undefined);
    assert.equal(
      ((await (await client.get(`${app.url}/test/token?force=1`)).json()) as { outcome: string }).outcome,
      'token',
    );
    await waitFor('the profile', async () => (await nameNow()) === 'Alice Adams');
  } finally {
    await app.stop();
    await redis.stop();
  }
});
