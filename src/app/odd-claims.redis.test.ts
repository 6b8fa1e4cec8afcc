import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CompactSign, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { startFaultServer, type FaultServer } from '../../e2e/support/fault-server.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { answering, rewriting } from '../../e2e/support/provider-faults.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { callbackUrlOf } from '../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';

const PROTO = JSON.parse('{"__proto__":null}') as unknown;
const ODD = [
  null,
  true,
  0,
  -1.5,
  '',
  ' ',
  [],
  [[]],
  {},
  PROTO,
  { toString: 1 },
  [null, { a: [PROTO] }],
  '<b>&"',
  1e300,
];
const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

/** The provider and the API send every type of JSON where another one is expected. */
describe('odd JSON', () => {
  let app: TokenApp;
  let api: FaultServer;
  before(async () => {
    api = await startFaultServer();
    app = await startTokenApp({ API_SERVER_URL: api.url }, {}, { profileInIdToken: false });
  });
  after(async () => {
    await app.stop();
    await api.stop();
  });

  const claims = ['name', 'nickname', 'preferred_username', 'email', 'email_verified', 'picture', 'updated_at'];
  for (const claim of [...claims, 'auth_time', 'locale', 'address', 'https://app.example/roles']) {
    it(`as ${claim} is shown, or left out`, async () => {
      for (const value of ODD) {
        app.faults.on('/me', answering(200, { sub: 'local|alice', [claim]: value }));
        const client = createHttpClient();
        const login = await client.get(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
        assert.equal(login.status, 302, JSON.stringify(value));
        for (const page of ['/', '/profile']) {
          const answer = await client.get(app.url + page);
          assert.equal(answer.status, 200, `${page}: ${JSON.stringify(value)}`);
          assert.doesNotMatch(await answer.text(), /<b>&"/);
        }
      }
    });
  }

  it('that is nested within reason makes a page within reason', async () => {
    app.faults.on('/me', answering(200, { sub: 'local|alice', name: 'Alice', deep: nested(31) }));
    const client = createHttpClient();
    await client.get(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    const page = await client.get(`${app.url}/profile`);
    assert.equal(page.status, 200);
    assert.ok((await page.text()).length < 20_000);
  });

  it('of an API is shown, or unreadable where it is nested without end', async () => {
    app.faults.reset();
    const { client } = await tokenUser(app);
    for (const value of [...ODD, nested(20)]) {
      api.answer((_req, res) => res.setHeader('content-type', 'application/json').end(JSON.stringify(value)));
      assert.equal((await client.get(`${app.url}/protected`)).status, 200, JSON.stringify(value));
    }
    for (const levels of [100, 30_000]) {
      api.answer((_req, res) =>
        res.setHeader('content-type', 'application/json').end('['.repeat(levels) + ']'.repeat(levels)),
      );
      assert.equal((await client.get(`${app.url}/protected`)).status, 502, String(levels));
    }
  });
});

/** Every claim that the profile explains: those of OpenID Connect Core, sections 2 and 5.1, and a few more. */
const GROUPS = JSON.parse(readFileSync('views/claims.json', 'utf8')) as Record<string, Record<string, string>>;
const STANDARD = Object.values(GROUPS).flatMap((group) => Object.keys(group));
/** The app may refuse a login because of these claims. */
const VERIFIED = new Set(['sub', 'iss', 'aud', 'azp', 'iat', 'exp', 'nbf', 'auth_time', 'nonce', 'at_hash']);

describe('odd JSON in a signed ID token', () => {
  let redis: RedisServer;
  let app: TokenApp;
  let odd = '';
  before(async () => {
    redis = await startRedis();
    app = await startTokenApp({ REDIS_URL: redis.url });
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const key = { ...(await exportJWK(publicKey)), kid: 'ours', alg: 'RS256', use: 'sig' };
    // As text, since neither SignJWT nor JSON.stringify accepts all of it. If a name is there twice, the last counts.
    const sign = (claims: object) =>
      new CompactSign(Buffer.from(`${JSON.stringify(claims).slice(0, -1)},${odd}}`))
        .setProtectedHeader({ alg: 'RS256', kid: 'ours' })
        .sign(privateKey);
    app.faults.on(
      '/jwks',
      rewriting((body) => ({ keys: [...(body['keys'] as object[]), key] })),
    );
    app.faults.on(
      '/token',
      rewriting(async ({ id_token, ...body }) => ({ ...body, id_token: await sign(decodeJwt(String(id_token))) })),
    );
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });

  async function signIn(claim: string, json: string) {
    odd = `"${claim}":${json}`;
    const client = createHttpClient();
    const login = await client.get(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    return { client, login };
  }

  for (const claim of STANDARD) {
    it(`as ${claim} is shown, or refused`, async () => {
      for (const value of ODD) {
        const json = JSON.stringify(value);
        const { client, login } = await signIn(claim, json);
        if (VERIFIED.has(claim) && login.status === 502) continue;
        assert.equal(login.status, 302, json);
        const pages = await Promise.all(['/', '/profile'].map((page) => client.get(app.url + page)));
        for (const page of pages) assert.equal(page.status, 200, json);
        assert.equal((await client.get(`${app.url}/logout`)).status, 302, json);
      }
    });
  }

  it('of UserInfo, nested without end, stays out of a session that a renewal completes', async (t) => {
    const other = await startTokenApp({ REDIS_URL: redis.url }, {}, { profileInIdToken: false });
    t.after(() => other.stop());
    const claims = { sub: 'local|alice', name: 'Alice' };
    for (const [userInfo, name] of [
      [{ ...claims, deep: nested(40) }, undefined],
      [claims, 'Alice'],
    ] as const) {
      other.faults.on('/me', answering(500, {}));
      const { token, session } = await tokenUser(other);
      const asked = other.faults.count('/me');
      other.faults.on('/me', answering(200, userInfo));
      assert.equal((await token('force=1')).outcome, 'token');
      await waitFor('the question to UserInfo', () => other.faults.count('/me') > asked);
      await new Promise((done) => setTimeout(done, 300));
      const { name: known, deep } = (await session())['claims'] as Record<string, unknown>;
      assert.deepEqual([known, deep], [name, undefined]);
    }
  });

  it('that is nested without end is refused by a page', async () => {
    for (const levels of [33, 3000, 100_000]) {
      const { login } = await signIn('nickname', '['.repeat(levels) + ']'.repeat(levels));
      assert.equal(login.status, 502, String(levels));
      assert.match(await login.text(), /CLAIMS_TOO_DEEP/);
    }
  });
});
