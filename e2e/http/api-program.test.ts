import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { startRedis } from '../support/redis.ts';
import { ask, assertRefused, type Headers } from '../support/resource-server.ts';
import { AUDIENCE, createDpopKey, startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts';
import { waitFor } from '../support/wait-for.ts';

const PUBLIC = 'https://api.example.com';

async function startIssuer(t: TestContext, options: { listens?: boolean } = {}) {
  const issuer = await startTokenIssuer(options);
  t.after(issuer.stop);
  return issuer;
}

async function startApi(t: TestContext, issuer: string, env: Record<string, string> = {}) {
  const [port = 0] = await freePorts(1);
  const required = { API_PORT: String(port), ISSUER_BASE_URL: issuer, AUTH0_AUDIENCE: AUDIENCE };
  const program: Program = await startServer('api', { ...required, API_SERVER_URL: PUBLIC, ...env });
  t.after(() => program.stop());
  const get = (headers: Headers) => ask('GET', `http://localhost:${port}/api/private`, headers);
  return { program, get, bearer: (token: string) => get({ Authorization: `Bearer ${token}` }) };
}

/** A token bound to a key, and the headers of a request with it. */
async function bind(issuer: TokenIssuer) {
  const key = await createDpopKey();
  const token = await issuer.sign({ cnf: key.cnf });
  const proven = async () => ({
    Authorization: `DPoP ${token}`,
    DPoP: await key.proof(`${PUBLIC}/api/private`, token),
  });
  return { token, proven };
}

describe('npm run api', () => {
  it('takes nothing from the variables of the library that it is built on', async (t) => {
    const [issuer, evil] = [await startIssuer(t), await startIssuer(t)];
    const secrets = { SECRET: 'x'.repeat(40), AUTH0_SECRET: 'y'.repeat(40) };
    for (const traps of [
      { ...secrets, TOKEN_SIGNING_ALG: 'HS256', AUDIENCE: 'other', ISSUER: evil.url },
      { JWKS_URI: `${evil.url}/jwks`, ISSUER: evil.url, AUDIENCE: 'other', TOKEN_SIGNING_ALG: 'RS512' },
    ]) {
      const api = await startApi(t, issuer.url, traps);
      assert.equal((await api.bearer(await issuer.sign())).status, 200);
      for (const forged of [
        await evil.sign(),
        await evil.sign({ iss: issuer.url }),
        await issuer.sign({ aud: 'other' }),
        await issuer.sign({ iss: evil.url }),
        ...(await Promise.all(
          [secrets.SECRET, secrets.AUTH0_SECRET].map((secret) =>
            issuer.sign({}, { header: { alg: 'HS256', kid: undefined }, key: new TextEncoder().encode(secret) }),
          ),
        )),
      ]) {
        assertRefused(await api.bearer(forged), 'invalid_token');
      }
      assert.equal(await api.program.stop(), 0);
    }
  });

  it('starts while the issuer and Redis are away, and recovers by itself', async (t) => {
    const issuer = await startIssuer(t, { listens: false });
    const [redisPort = 0] = await freePorts(1);
    const api = await startApi(t, issuer.url, { REDIS_URL: `redis://127.0.0.1:${redisPort}` });
    const [plain, { token: bound, proven }] = [await issuer.sign(), await bind(issuer)];
    assertRefused(await api.bearer(plain), 'signing_key_unavailable');
    await issuer.restart();
    await waitFor('plain tokens accepted', async () => (await api.bearer(plain)).status === 200);
    assertRefused(await api.get(await proven()), 'proof_memory_unavailable');
    const redis = await startRedis(redisPort);
    t.after(() => redis.stop());
    await waitFor('proofs accepted', async () => (await api.get(await proven())).status === 200);
    await redis.stop();
    assertRefused(await api.get(await proven()), 'proof_memory_unavailable');
    assert.equal((await api.bearer(plain)).status, 200);
    assert.equal(await api.program.stop(), 0);
    for (const token of [plain, bound]) assert.ok(!api.program.output().includes(token));
  });

  it('shares its memory of proofs with other processes by Redis', async (t) => {
    const [issuer, redis] = [await startIssuer(t), await startRedis()];
    t.after(() => redis.stop());
    const { proven } = await bind(issuer);
    const env = { REDIS_URL: redis.url, AUTH0_DPOP: 'required' };
    const apis = [await startApi(t, issuer.url, env), await startApi(t, issuer.url, env)];
    for (const api of apis) {
      await waitFor('proofs accepted', async () => (await api.get(await proven())).status === 200);
    }
    const headers = await proven();
    const replies = await Promise.all([...apis, ...apis].map((api) => api.get(headers)));
    const [accepted, ...replays] = replies.sort((a, b) => a.status - b.status);
    assert.equal(accepted?.status, 200);
    for (const reply of replays) assertRefused(reply, 'invalid_dpop_proof', { scheme: 'DPoP' });
  });
});
