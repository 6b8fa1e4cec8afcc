import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { assertRefused, challengesOf, startTestApi, type TestApi } from '../../../e2e/support/resource-server.ts';
import { AUDIENCE, nowSeconds, startTokenIssuer, type TokenIssuer } from '../../../e2e/support/token-issuer.ts';
import { signIn, startStack } from '../../provider/provider-stack.suite.ts';
import type { ApiRoute } from '../../api/routes.ts';

let issuer: TokenIssuer;
let api: TestApi;
before(async () => {
  issuer = await startTokenIssuer();
  api = await startTestApi(issuer.url);
});
after(async () => {
  await api.stop();
  await issuer.stop();
});

const secretOf = (text: string) => new TextEncoder().encode(text);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('tokens of the local provider open what their user may, and an ID token opens nothing', async (t) => {
  const stack = await startStack(t, { audience: AUDIENCE });
  const own = await startTestApi(stack.issuer);
  t.after(own.stop);
  const paths = ['/api/private', '/api/private-scoped', '/api/admin', '/api/messages/admin'];
  for (const [username, statuses] of [
    ['alice', [200, 403, 403, 403]],
    ['bob', [200, 200, 403, 403]],
    ['carol', [200, 200, 200, 200]],
  ] as const) {
    const { tokens } = await signIn(stack, username, { audience: AUDIENCE });
    const replies = await Promise.all(paths.map((path) => own.bearer(path, tokens.access_token)));
    assert.deepEqual(
      replies.map(({ status }) => status),
      statuses,
      username,
    );
    const user = { user_id: tokens.claims()?.sub };
    assert.deepEqual((await own.bearer('/api/protected-data', tokens.access_token)).body, user);
    assertRefused(await own.bearer('/api/private', tokens.id_token ?? ''), 'invalid_token', {
      description: /aud/,
    });
  }
});

describe('a token is accepted', () => {
  for (const [what, claims, header] of [
    ['for several audiences, one of them this API', { aud: ['https://other.example', AUDIENCE] }, {}],
    ['of a clock that is 3 s ahead or behind', { nbf: nowSeconds() + 3, iat: nowSeconds() + 3 }, {}],
    ['with any type, or none, as Auth0 issues them', {}, { typ: undefined }],
    ['without a key id while there is one key', {}, { kid: undefined }],
  ] as const) {
    it(what, async () => {
      const token = await issuer.sign(claims, { header: { ...header } });
      assert.equal((await api.bearer('/api/private', token)).status, 200);
    });
  }

  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ', '  Bearer']) {
    it(`in the scheme written "${scheme}"`, async () => {
      const { status } = await api.get('/api/private', { Authorization: `${scheme} ${await issuer.sign()}` });
      assert.equal(status, 200);
    });
  }
});

it('a token of the access_token_issuer that discovery names is accepted, too (ADFS)', async (t) => {
  const name = 'http://adfs.example.com/adfs/services/trust';
  const adfs = await startTokenIssuer({ metadata: { access_token_issuer: name } });
  t.after(adfs.stop);
  const own = await startTestApi(adfs.url);
  t.after(own.stop);
  const status = async (iss: unknown) => (await own.bearer('/api/private', await adfs.sign({ iss }))).status;
  assert.deepEqual(await Promise.all([name, adfs.url, `${name}/`, undefined].map(status)), [200, 200, 401, 401]);
  assertRefused(await api.bearer('/api/private', await issuer.sign({ iss: name })), 'invalid_token');
});

describe('a provider’s keys', () => {
  for (const [what, alg, publish] of [
    ['sign with what it lists, such as ES256', 'ES256', (jwk: JWK) => [{ ...jwk, kid: 'other' }]],
    ['have one id twice', 'RS256', (jwk: JWK, own: JWK) => [own, { ...jwk, kid: own.kid ?? '' }]],
    ['have no ids, though tokens have', 'RS256', (jwk: JWK) => [jwk]],
  ] as const) {
    it(what, async (t) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const jwk = await exportJWK(publicKey);
      const metadata = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] };
      const other = await startTokenIssuer({ metadata, keys: (own) => publish(jwk, own) });
      t.after(other.stop);
      const own = await startTestApi(other.url);
      t.after(own.stop);
      // Keys without ids must not take on the id of a token that somebody made up.
      assert.equal(
        (await own.bearer('/api/private', await other.sign({}, { header: { kid: 'made-up' } }))).status,
        401,
      );
      const kid = what.includes('twice') ? undefined : 'other';
      const token = await other.sign({}, { header: { alg, ...(kid && { kid }) }, key: privateKey });
      const { status, body } = await own.bearer('/api/private', token);
      assert.equal(status, 200, JSON.stringify(body));
    });
  }
});

describe('a token is refused as invalid', () => {
  const now = nowSeconds();
  const claims: readonly [what: string, claims: Record<string, unknown>, description: RegExp][] = [
    ['for another audience', { aud: 'https://other.example' }, /aud/],
    ['for several other audiences', { aud: ['https://other.example', `${AUDIENCE}/`] }, /aud/],
    ['for no audience', { aud: undefined }, /has no aud/],
    ['for an audience of a strange type', { aud: { [AUDIENCE]: true } }, /aud/],
    ['of another issuer', { iss: 'https://other.example' }, /iss is https:\/\/other\.example, this API expects http/],
    ['of no issuer', { iss: undefined }, /iss/],
    ['that has expired', { exp: now - 60 }, /exp/],
    ['that never expires', { exp: undefined }, /exp/],
    ['that expires at a text', { exp: `${now + 600}` }, /exp/],
    ['that is not yet valid', { nbf: now + 60 }, /nbf/],
    ['of a clock that is an hour ahead', { iat: now + 3600, exp: now + 7200 }, /iat/],
    [
      'bound to a certificate (RFC 8705)',
      { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } },
      /bound/,
    ],
    ['bound to who knows what', { cnf: { kid: '1' } }, /bound/],
    [
      'bound to a key, without a proof of it',
      { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } },
      /DPoP|bound/,
    ],
    ['of nobody', { sub: undefined }, /sub/],
    ['of an empty subject', { sub: '' }, /sub/],
    ['of a subject that is no text', { sub: 1 }, /sub/],
  ];
  const nonsense = [{}, [], 5, true, false, '', 'x'].map(
    (cnf) => [`bound to what makes no sense (${JSON.stringify(cnf)})`, { cnf }, /bound/] as const,
  );
  for (const [what, changed, description] of [...claims, ...nonsense]) {
    it(what, async () => {
      const reply = await api.bearer('/api/private', await issuer.sign(changed));
      assertRefused(reply, 'invalid_token', { description });
    });
  }

  const forgeries: Record<string, () => Promise<string>> = {
    'with alg none': async () => {
      const [, payload] = (await issuer.sign()).split('.');
      return `${base64url({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
    },
    'with HS256 and the public key as secret': async () =>
      issuer.sign({}, { header: { alg: 'HS256' }, key: secretOf(await issuer.publicKeyPem()) }),
    'with another key under our key’s id': async () =>
      issuer.sign({}, { key: (await generateKeyPair('RS256')).privateKey }),
    'with an unknown key': async () => {
      const { privateKey } = await generateKeyPair('RS256');
      return issuer.sign({}, { header: { kid: 'unknown' }, key: privateKey });
    },
    'with a key that it brings along': async () => {
      const { privateKey } = await generateKeyPair('ES256');
      const header = { alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256' } };
      return issuer.sign({}, { header, key: privateKey });
    },
    'with claims that were changed': async () => {
      const [header, , signature] = (await issuer.sign()).split('.');
      return [header, base64url({ iss: issuer.url, aud: AUDIENCE, sub: 'admin', exp: now + 60 }), signature].join('.');
    },
    'with a signature cut off': async () => (await issuer.sign()).replace(/\.[^.]*$/, '.'),
    'that is no JWT': async () => 'opaque-token',
    'that is signed, but no claims': async () => {
      const { privateKey } = await generateKeyPair('RS256');
      return new CompactSign(secretOf('[]')).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
    },
    'that is 16 kB of garbage': async () => 'x'.repeat(16 * 1024),
    'that is 16 kB of dots': async () => '.'.repeat(16 * 1024),
  };
  for (const [what, forge] of Object.entries(forgeries)) {
    it(what, async () => {
      const token = await forge();
      assertRefused(await api.bearer('/api/private', token), 'invalid_token');
      assert.ok(!api.logged().includes(token), 'the token is in the log');
    });
  }
});

describe('an Authorization header', () => {
  const GOOD = '<good>';
  for (const [what, header, error, description] of [
    ['that is empty is none', '', 'unauthorized', /./],
    ['of another scheme is none', 'Basic dXNlcjpwYXNz', 'unauthorized', /./],
    ['of a scheme that JavaScript knows is none', `constructor ${GOOD}`, 'unauthorized', /./],
    ['of the scheme __proto__ is none', `__proto__ ${GOOD}`, 'unauthorized', /./],
    ['with the token alone is none', GOOD, 'unauthorized', /./],
    ['without a token', 'Bearer', 'invalid_request', /format/],
    ['with blanks for a token', 'Bearer   ', 'invalid_request', /format/],
    ['of three words', 'Bearer a b', 'invalid_request', /format/],
    ['with the scheme twice', `Bearer Bearer ${GOOD}`, 'invalid_request', /twice/],
    ['with a quoted token', `Bearer "${GOOD}"`, 'invalid_request', /quotes/],
    ['that is a list', `Bearer ${GOOD}, Bearer ${GOOD}`, 'invalid_request', /format/],
    ['sent twice', ['Bearer <good>', 'Bearer <good>'], 'invalid_request', /more than one/],
    ['sent twice in two schemes', ['Basic dXNlcjpwYXNz', 'Bearer <good>'], 'invalid_request', /more than one/],
  ] as const) {
    it(`${what} (${error})`, async () => {
      const token = await issuer.sign();
      const Authorization = [header].flat().map((line) => line.replaceAll(GOOD, token));
      assertRefused(await api.get('/api/private', { Authorization }), error, { description });
    });
  }

  it('has its words parted by space and tab, and by nothing else (RFC 9110 section 5.6.3)', async () => {
    const token = await issuer.sign();
    for (const [value, status] of [
      [`\t Bearer \t ${token} \t`, 200],
      [`\u00a0Bearer ${token}`, 401],
      [`Bearer\u00a0${token}`, 401],
      [`Bearer ${token}\u00a0`, 401],
      [`Bearer ${token}\u0085`, 401],
      [`Bearer \u00a0 ${token}`, 400],
    ] as const) {
      assert.equal((await api.get('/api/private', { Authorization: value })).status, status, JSON.stringify(value));
    }
  });

  it('is the only place for a token', async () => {
    const token = await issuer.sign();
    const inUrl = `/api/private?access_token=${token}`;
    for (const reply of [await api.get(inUrl), await api.bearer(inUrl, token)]) {
      assertRefused(reply, 'invalid_request', { description: /URL/ });
    }
    for (const headers of [{ Cookie: `access_token=${token}` }, { 'X-Access-Token': token }]) {
      assertRefused(await api.get(`/api/private`, headers), 'unauthorized');
    }
    assert.ok(!api.logged().includes(token), 'the token is in the log');
  });

  it('is of no interest to a public route', async () => {
    const reply = await api.get('/api/public', { Authorization: 'Bearer garbage' });
    assert.equal(reply.status, 200);
  });
});

describe('a permission', () => {
  for (const [what, claims] of [
    ['in scope', { scope: 'openid read:messages' }],
    ['in permissions', { permissions: ['read:messages'] }],
    ['in both', { scope: 'read:messages', permissions: ['read:messages'] }],
    ['in one beside a strange other', { scope: 5, permissions: [null, 'read:messages'] }],
    ['in a scope that is a list', { scope: ['openid', 'read:messages'] }],
    ['in scp, as Entra ID writes it,', { scp: 'openid read:messages' }],
    ['in scp, as Okta writes it,', { scp: ['openid', 'read:messages'] }],
  ] as const) {
    it(`${what} suffices`, async () => {
      const { status } = await api.bearer('/api/private-scoped', await issuer.sign(claims));
      assert.equal(status, 200);
    });
  }

  for (const value of [
    ...[undefined, null, 0, 1, true, '', {}, [], [['read:messages']], [{}], [null]],
    ...[{ 'read:messages': true }, 'read:message', 'READ:MESSAGES', 'xread:messages', 'read:messages,openid'],
  ]) {
    it(`is not given by ${JSON.stringify(value)}`, async () => {
      const everywhere = { scope: value, scp: value, permissions: value };
      for (const claims of [{ scope: value }, { scp: value }, { permissions: value }, everywhere]) {
        const reply = await api.bearer('/api/private-scoped', await issuer.sign(claims));
        assertRefused(reply, 'insufficient_scope');
        assert.equal(challengesOf(reply)['Bearer']?.['scope'], 'read:messages');
      }
    });
  }
});

test('a claim that a route requires has to say something', async (t) => {
  const claims = ['sub', 'email_verified', 'org_id'];
  const routes: ApiRoute[] = [{ path: '/strict', access: { claims, permission: 'p' }, body: () => ({}) }];
  const strict = await startTestApi(issuer.url, { routes });
  t.after(strict.stop);
  const ask = async (claims: object) => strict.bearer('/strict', await issuer.sign({ ...claims }));

  const complete = { email_verified: true, org_id: 'org_1', scope: 'p' };
  assert.equal((await ask(complete)).status, 200);
  for (const [lacking, description] of [
    [{ ...complete, email_verified: false }, /lacks email_verified$/],
    [{ ...complete, org_id: null }, /lacks org_id$/],
    [{ ...complete, org_id: '' }, /lacks org_id$/],
    [{}, /lacks email_verified, org_id$/],
  ] as const) {
    assertRefused(await ask(lacking), 'invalid_token', { description });
  }
  assertRefused(await ask({ ...complete, scope: '' }), 'insufficient_scope');
});
