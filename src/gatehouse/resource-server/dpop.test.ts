import assert from 'node:assert/strict';
import { after, before, describe, it, test, type TestContext } from 'node:test';
import {
  assertRefused,
  challengesOf,
  type Headers,
  startTestApi,
  type TestApi,
} from '../../../e2e/support/resource-server.ts';
import {
  createDpopKey,
  type DpopKey,
  nowSeconds,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../e2e/support/token-issuer.ts';
import { localProofMemory } from './proof-replay.ts';

const SCOPE = 'read:messages admin:write read:admin-messages';
const PROTECTED = [
  ...['/api/private', '/api/private-scoped', '/api/dpop-protected', '/api/admin', '/api/protected-data'],
  ...['/api/messages/protected', '/api/messages/admin'],
];

let issuer: TokenIssuer;
let key: DpopKey;
let bound: string;
let plain: string;
/** One resource server for each value of AUTH0_DPOP. */
let apis: Record<'allowed' | 'required' | 'disabled', TestApi>;
before(async () => {
  issuer = await startTokenIssuer();
  key = await createDpopKey();
  bound = await issuer.sign({ scope: SCOPE, cnf: key.cnf });
  plain = await issuer.sign({ scope: SCOPE });
  const start = (AUTH0_DPOP: string) => startTestApi(issuer.url, { env: { AUTH0_DPOP } });
  apis = {
    allowed: await start('allowed'),
    required: await start('required'),
    disabled: await start('disabled'),
  };
});
after(async () => {
  await Promise.all(Object.values(apis).map((api) => api.stop()));
  await issuer.stop();
});

const withProof = (proof: string | string[], token = bound): Headers => ({
  Authorization: `DPoP ${token}`,
  DPoP: proof,
});

/** `GET path` with a proof that is good but for what `claims` and `header` say. */
async function prove(
  api: TestApi,
  path: string,
  { claims = {}, header = {}, token = bound }: { claims?: object; header?: object; token?: string } = {},
) {
  const proof = await key.proof(api.url + path, token, { ...claims }, { ...header });
  return api.get(path, withProof(proof, token));
}

for (const path of PROTECTED) {
  describe(`DPoP at ${path}`, () => {
    it('is taken beside Bearer where it is allowed', async () => {
      assert.equal((await prove(apis.allowed, path)).status, 200);
      assert.equal((await apis.allowed.bearer(path, plain)).status, 200);
    });

    it('is the only way where it is required', async () => {
      assert.equal((await prove(apis.required, path)).status, 200);
      for (const token of [plain, bound]) {
        assertRefused(await apis.required.bearer(path, token), 'invalid_request', { scheme: 'DPoP' });
      }
    });

    it('is not taken where it is disabled', async () => {
      assertRefused(await prove(apis.disabled, path), 'invalid_request');
      assert.equal((await apis.disabled.bearer(path, plain)).status, 200);
    });
  });
}

describe('a DPoP proof', () => {
  const path = '/api/dpop-protected';
  const now = nowSeconds();

  it('is accepted once', async () => {
    const proof = await key.proof(apis.allowed.url + path, bound);
    assert.equal((await apis.allowed.get(path, withProof(proof))).status, 200);
    const replay = await apis.allowed.get(path, withProof(proof));
    assertRefused(replay, 'invalid_dpop_proof', { scheme: 'DPoP', description: /used before/ });
    const sameId = { jti: 'chosen by the client' };
    assert.equal((await prove(apis.allowed, path, { claims: sameId })).status, 200);
    const again = await prove(apis.allowed, path, { claims: { ...sameId, iat: now - 1 } });
    assertRefused(again, 'invalid_dpop_proof', { scheme: 'DPoP', description: /used before/ });
  });

  it('is not used up by a request that is refused', async () => {
    const proof = await key.proof(apis.allowed.url + path, bound);
    const elsewhere = await apis.allowed.get('/api/private', withProof(proof));
    assertRefused(elsewhere, 'invalid_dpop_proof', { scheme: 'DPoP', description: /htu/ });
    assert.equal((await apis.allowed.get(path, withProof(proof))).status, 200);
  });

  for (const alg of ['ES256', 'PS256', 'RS256', 'EdDSA']) {
    it(`may be signed with ${alg}`, async () => {
      const other = await createDpopKey(alg);
      const token = await issuer.sign({ cnf: other.cnf });
      const proof = await other.proof(apis.allowed.url + path, token);
      assert.equal((await apis.allowed.get(path, withProof(proof, token))).status, 200);
    });
  }

  for (const [what, claims, header] of [
    ['another method', { htm: 'POST' }, {}],
    ['no method', { htm: undefined }, {}],
    ['another host', { htu: 'http://evil.example/api/dpop-protected' }, {}],
    ['no URL', { htu: undefined }, {}],
    ['a URL that is none', { htu: 'nonsense' }, {}],
    ['another token', { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' }, {}],
    ['no token', { ath: undefined }, {}],
    ['a time too long ago', { iat: now - 310 }, {}],
    ['a time to come', { iat: now + 90 }, {}],
    ['no time', { iat: undefined }, {}],
    ['no jti', { jti: undefined }, {}],
    ['an empty jti', { jti: '' }, {}],
    ['a jti that is no text', { jti: { toString: null } }, {}],
    ['another type', {}, { typ: 'jwt' }],
    ['no type', {}, { typ: undefined }],
    ['no key', {}, { jwk: undefined }],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const reply = await prove(apis.allowed, path, { claims, header });
      assertRefused(reply, 'invalid_dpop_proof', { scheme: 'DPoP' });
      assert.equal(challengesOf(reply)['Bearer']?.['realm'], 'api');
    });
  }

  it('is accepted up to its age, and of a clock a little ahead', async () => {
    for (const iat of [now - 250, now + 20]) {
      assert.equal((await prove(apis.allowed, path, { claims: { iat } })).status, 200);
    }
  });

  it('is refused of another key than the token is bound to, with the token', async () => {
    const other = await createDpopKey();
    const proof = await other.proof(apis.allowed.url + path, bound);
    assertRefused(await apis.allowed.get(path, withProof(proof)), 'invalid_token', { scheme: 'DPoP' });
  });

  for (const [what, forge, error] of [
    ['garbage', () => 'garbage', 'invalid_dpop_proof'],
    ['16 kB of garbage', () => 'x'.repeat(16_384), 'invalid_dpop_proof'],
    ['the token itself', () => bound, 'invalid_dpop_proof'],
    ['sent twice', (proof: string) => [proof, proof], 'invalid_dpop_proof'],
    ['a list of two', (proof: string) => `${proof},${proof}`, 'invalid_dpop_proof'],
    ['changed', (proof: string) => proof.replace(/\.[^.]+$/, '.AAAA'), 'invalid_dpop_proof'],
    ['empty', () => '', 'invalid_request'],
    ['absent', () => [], 'invalid_request'],
  ] as const) {
    it(`is refused when it is ${what}`, async () => {
      const proof = forge(await key.proof(apis.allowed.url + path, bound));
      const reply = await apis.allowed.get(path, withProof(proof));
      assertRefused(reply, error, { scheme: 'DPoP' });
      assert.ok(!apis.allowed.logged().includes(bound), 'the token is in the log');
    });
  }
});

describe('a token bound to a key', () => {
  it('is refused as Bearer', async () => {
    assertRefused(await apis.allowed.bearer('/api/private', bound), 'invalid_token', { description: /DPoP/ });
  });

  it('is refused as Bearer with a proof', async () => {
    const DPoP = await key.proof(`${apis.allowed.url}/api/private`, bound);
    const reply = await apis.allowed.get('/api/private', { Authorization: `Bearer ${bound}`, DPoP });
    assertRefused(reply, 'invalid_token');
  });

  it('lacks a permission in the scheme of its caller', async () => {
    const token = await issuer.sign({ cnf: key.cnf });
    const reply = await prove(apis.allowed, '/api/admin', { token });
    assertRefused(reply, 'insufficient_scope', { scheme: 'DPoP' });
    assert.equal(challengesOf(reply)['DPoP']?.['scope'], 'admin:write');
  });

  it('is bad in the scheme of its caller', async () => {
    const token = await issuer.sign({ cnf: key.cnf, exp: nowSeconds() - 60 });
    assertRefused(await prove(apis.allowed, '/api/private', { token }), 'invalid_token', { scheme: 'DPoP' });
  });
});

describe('a token bound to no key', () => {
  for (const cnf of [undefined, null, {}, 'x', { jkt: '' }, { jkt: 5 }, { 'x5t#S256': 'x' }]) {
    it(`is refused with the DPoP scheme (cnf ${JSON.stringify(cnf)})`, async () => {
      const token = await issuer.sign({ cnf });
      for (const api of [apis.allowed, apis.required]) {
        assertRefused(await prove(api, '/api/private', { token }), 'invalid_token', { scheme: 'DPoP' });
      }
    });
  }
});

describe('the URL of a DPoP proof', () => {
  const path = '/api/private';
  const PUBLIC = 'https://api.example.com';

  async function start(t: TestContext, env: Record<string, string>) {
    const api = await startTestApi(issuer.url, { env });
    t.after(api.stop);
    return async (url: string, headers: Headers = {}, asked = path) =>
      api.get(asked, { ...withProof(await key.proof(url, bound)), ...headers });
  }
  const assertOtherUrl = (reply: Awaited<ReturnType<TestApi['get']>>) =>
    assertRefused(reply, 'invalid_dpop_proof', { scheme: 'DPoP', description: /htu/ });

  it('is that of API_SERVER_URL, whatever the Host header says', async (t) => {
    const ask = await start(t, { API_SERVER_URL: PUBLIC });
    for (const headers of [{}, { Host: 'evil.example' }, { Host: 'api.example.com:8080' }]) {
      assert.equal((await ask(PUBLIC + path, headers)).status, 200);
    }
    for (const scheme of ['http', 'https']) {
      assertOtherUrl(await ask(`${scheme}://evil.example${path}`, { Host: 'evil.example' }));
    }
    assertOtherUrl(await ask(`http://api.example.com${path}`));
  });

  it('is on this machine that of any name of it, but of no other host', async () => {
    const { port } = new URL(apis.allowed.url);
    const ask = async (url: string, Host: string) =>
      apis.allowed.get(path, { ...withProof(await key.proof(url, bound)), Host });
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      assert.equal((await ask(`http://${name}:${port}${path}`, `${name}:${port}`)).status, 200, name);
    }
    assertOtherUrl(await ask(`http://evil.example${path}`, 'evil.example'));
    assertOtherUrl(await ask(`http://evil.example:${port}${path}`, `evil.example:${port}`));
    assertOtherUrl(await ask(`http://localhost:1${path}`, 'localhost:1'));
    assert.equal((await ask(apis.allowed.url + path, 'evil.example')).status, 200);
  });

  const forwarded = { 'X-Forwarded-Host': 'gateway.example.com', 'X-Forwarded-Proto': 'https' };

  it('is what a trusted proxy says', async (t) => {
    const ask = await start(t, { API_SERVER_URL: PUBLIC, TRUST_PROXY: 'loopback' });
    assert.equal((await ask(`https://gateway.example.com${path}`, forwarded)).status, 200);
    assertOtherUrl(await ask(PUBLIC + path, forwarded));
    assert.equal((await ask(PUBLIC + path)).status, 200);
  });

  it('is not what anybody else says', async (t) => {
    for (const TRUST_PROXY of ['false', '10.0.0.0/8']) {
      const ask = await start(t, { API_SERVER_URL: PUBLIC, TRUST_PROXY });
      assertOtherUrl(await ask(`https://gateway.example.com${path}`, forwarded));
      assert.equal((await ask(PUBLIC + path, forwarded)).status, 200);
    }
  });

  it('has no query and no fragment to compare (RFC 9449 section 4.3)', async (t) => {
    const ask = await start(t, { API_SERVER_URL: PUBLIC });
    for (const url of [path, `${path}?x=1`, `${path}?y=2#top`]) {
      assert.equal((await ask(PUBLIC + url, {}, `${path}?x=1&y=%20`)).status, 200, url);
    }
  });

  it('has the path of API_SERVER_URL, which a proxy takes off', async (t) => {
    const ask = await start(t, { API_SERVER_URL: `${PUBLIC}/v1/` });
    assert.equal((await ask(`${PUBLIC}/v1${path}`)).status, 200);
    assertOtherUrl(await ask(PUBLIC + path));
  });
});

test('a full memory of proofs lets no more of them through, and plain tokens as ever', async (t) => {
  const api = await startTestApi(issuer.url, { proofs: localProofMemory({ limit: 1 }) });
  t.after(api.stop);
  assert.equal((await prove(api, '/api/private')).status, 200);
  assertRefused(await prove(api, '/api/private'), 'proof_memory_unavailable');
  assert.equal((await api.bearer('/api/private', plain)).status, 200);
});
