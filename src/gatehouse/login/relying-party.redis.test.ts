import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { answering, dropping, rewriting } from '../../../e2e/support/provider-faults.ts';
import { callbackUrlOf } from '../../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../../e2e/support/token-app.ts';

/**
 * The cases of the OpenID Foundation's conformance tests for relying parties, as far as they apply to the code flow
 * with `response_mode=query`. Form post, implicit and hybrid flows are not used. For back-channel logout, see
 * ../oidc/logout-token.test.ts and the app's back-channel-logout.redis.test.ts.
 */
const JSON_ONLY = { accept: 'application/json' };
const [now, HOUR] = [Math.floor(Date.now() / 1000), 3600];

type Claims = JWTPayload & Record<string, unknown>;
type Outcome = 'signed in' | readonly [status: number, code: string];

describe('an OpenID Connect relying party', () => {
  let app: TokenApp;
  let ours: Awaited<ReturnType<typeof generateKeyPair>>;
  let stranger: Awaited<ReturnType<typeof generateKeyPair>>;
  let published: object[];
  before(async () => {
    app = await startTokenApp();
    [ours, stranger] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
    published = [{ ...(await exportJWK(ours.publicKey)), kid: 'ours', use: 'sig', alg: 'RS256' }];
  });
  after(() => app.stop());
  beforeEach(() => {
    app.faults.reset();
    // The provider publishes our key as well, so it vouches for tokens that we sign.
    app.faults.on(
      '/jwks',
      rewriting((body) => ({ keys: [...(body['keys'] as object[]), ...published] })),
    );
  });

  const claimsOf = (jwt: unknown) =>
    JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString()) as Claims;
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const without = (name: string) => (claims: Claims) =>
    Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

  /** The ID token of a response, changed and signed anew with our key. */
  const resigned =
    (change: (claims: Claims) => Claims, header: { kid?: string } = { kid: 'ours' }) =>
    async (body: Record<string, unknown>) => ({
      ...body,
      id_token: await new SignJWT(change(claimsOf(body['id_token'])))
        .setProtectedHeader({ alg: 'RS256', ...header })
        .sign(ours.privateKey),
    });
  const changed = (fields: Claims) => resigned((claims) => ({ ...claims, ...fields }));

  const INVALID = [502, 'ID_TOKEN_INVALID'] as const;
  const SKEW = [502, 'CLOCK_SKEW'] as const;
  const cases: [name: string, reason: string, Parameters<typeof rewriting>[0], Outcome][] = [
    ['client-test', 'all is well', (body) => body, 'signed in'],
    ['idtoken-sig-rs256', 'RS256 is what everybody has', changed({}), 'signed in'],
    [
      'invalid-sig-rs256',
      'nobody but the provider may sign',
      async (body) => ({
        ...body,
        id_token: await new SignJWT(claimsOf(body['id_token']))
          .setProtectedHeader({ alg: 'RS256', kid: 'ours' })
          .sign(stranger.privateKey),
      }),
      INVALID,
    ],
    [
      'idtoken-sig-none',
      'unsigned is not signed',
      (body) => ({ ...body, id_token: `${part({ alg: 'none' })}.${part(claimsOf(body['id_token']))}.` }),
      [502, 'SIGNING_ALG_MISMATCH'],
    ],
    [
      'idtoken-sig-hs256',
      'the client secret signs nothing here',
      async (body) => ({
        ...body,
        id_token: await new SignJWT(claimsOf(body['id_token']))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.from('client-secret-of-the-tests-and-of-nobody-else')),
      }),
      [502, 'SIGNING_ALG_MISMATCH'],
    ],
    ['kid-absent-multiple-jwks', 'each key is tried', resigned((claims) => claims, {}), 'signed in'],
    ['unknown-kid', 'no such key is published', resigned((claims) => claims, { kid: 'other' }), INVALID],
    ['invalid-iss', 'another issuer', changed({ iss: 'https://evil.example' }), INVALID],
    ['missing-iss', 'no issuer', resigned(without('iss')), [502, 'PROVIDER_UNREADABLE']],
    ['invalid-aud', 'for another client', changed({ aud: 'other' }), INVALID],
    ['missing-aud', 'for nobody', resigned(without('aud')), [502, 'PROVIDER_UNREADABLE']],
    ['aud-array', 'for this client alone', changed({ aud: ['gatehouse-test'] }), 'signed in'],
    ['aud-several', 'who is it for?', changed({ aud: ['gatehouse-test', 'other'] }), INVALID],
    ['azp', 'it says who it is for', changed({ aud: ['gatehouse-test', 'other'], azp: 'gatehouse-test' }), 'signed in'],
    ['azp-invalid', 'it says another', changed({ azp: 'other' }), INVALID],
    ['missing-sub', 'about nobody', resigned(without('sub')), [502, 'PROVIDER_UNREADABLE']],
    ['empty-sub', 'about nobody', changed({ sub: '' }), INVALID],
    ['missing-iat', 'issued when?', resigned(without('iat')), [502, 'PROVIDER_UNREADABLE']],
    ['iat-in-the-future', 'the clocks do not agree', changed({ iat: now + HOUR }), SKEW],
    ['iat-a-little-ahead', 'clocks differ a little', changed({ iat: now + 30 }), 'signed in'],
    ['missing-exp', 'good until when?', resigned(without('exp')), [502, 'PROVIDER_UNREADABLE']],
    ['expired', 'too old', changed({ exp: now - HOUR }), SKEW],
    ['expired-just-now', 'clocks differ a little', changed({ exp: now - 30 }), 'signed in'],
    ['not-yet-valid', 'from the future', changed({ nbf: now + HOUR }), SKEW],
    ['nonce-invalid', 'of another login', changed({ nonce: 'other' }), INVALID],
    ['nonce-missing', 'of no login', resigned(without('nonce')), [502, 'PROVIDER_UNREADABLE']],
    ['missing-id-token', 'nobody is named', without('id_token'), [502, 'PROVIDER_UNREADABLE']],
    [
      'access-token-with-a-break',
      'not fit for a header',
      (body) => ({ ...body, access_token: 'a\nb' }),
      [502, 'PROVIDER_UNREADABLE'],
    ],
  ];
  for (const [name, reason, change, outcome] of cases) {
    it(`${name}: ${reason}, ${outcome === 'signed in' ? outcome : outcome[1]}`, async () => {
      const client = createHttpClient();
      const callback = await callbackUrlOf(client, `${app.url}/profile?case=${name}`, 'alice');
      app.faults.on('/token', rewriting(change));
      const response = await client.get(callback);
      if (outcome === 'signed in') {
        assert.equal(response.headers.get('location'), `/profile?case=${name}`);
      } else {
        const [status, code] = outcome;
        const page = await response.text();
        assert.match(page, new RegExp(`<code>${code}</code>`));
        assert.equal(response.status, status);
        assert.match(page, /href="\/login\?returnTo=%2Fprofile%3Fcase/);
      }
      const profile = await client.get(`${app.url}/profile`, JSON_ONLY);
      assert.equal(profile.status, outcome === 'signed in' ? 200 : 401);
    });
  }

  it('signing-key-rotation: a key that is published just now is found at once', async () => {
    const next = await generateKeyPair('RS256');
    published.push({ ...(await exportJWK(next.publicKey)), kid: 'next', use: 'sig', alg: 'RS256' });
    const client = createHttpClient();
    const callback = await callbackUrlOf(client, `${app.url}/profile`, 'alice');
    app.faults.on(
      '/token',
      rewriting(async (body) => ({
        ...body,
        id_token: await new SignJWT(claimsOf(body['id_token']))
          .setProtectedHeader({ alg: 'RS256', kid: 'next' })
          .sign(next.privateKey),
      })),
    );
    assert.equal((await client.get(callback)).headers.get('location'), '/profile');
  });

  it('keys that cannot be fetched: the login can be begun again', async () => {
    const other = await startTokenApp();
    try {
      other.faults.on('/jwks', dropping);
      const client = createHttpClient();
      const response = await client.get(await callbackUrlOf(client, `${other.url}/profile`, 'alice'));
      assert.equal(response.status, 503);
      assert.ok(response.headers.get('retry-after'));
      assert.match(await response.text(), /href="\/login\?returnTo=%2Fprofile"/);
    } finally {
      await other.stop();
    }
  });

  it('discovery-issuer-mismatch: another issuer is not the one that is configured', async () => {
    const other = await startTokenApp();
    try {
      other.faults.on(
        '/.well-known/openid-configuration',
        rewriting((body) => ({ ...body, issuer: 'https://evil.example' })),
      );
      assert.equal((await createHttpClient().get(`${other.url}/login`)).status, 502);
    } finally {
      await other.stop();
    }
  });

  it('userinfo-invalid-sub: what UserInfo says of somebody else is not used', async () => {
    const other = await startTokenApp();
    try {
      const client = createHttpClient();
      const callback = await callbackUrlOf(client, `${other.url}/profile`, 'alice');
      other.faults.on(
        '/jwks',
        rewriting((body) => ({ keys: [...(body['keys'] as object[]), ...published] })),
      );
      other.faults.on('/token', rewriting(resigned(({ name: _name, ...claims }) => claims)));
      other.faults.on('/me', answering(200, { sub: 'local|mallory', name: 'Mallory' }));
      await client.get(callback);
      const profile = await client.get(`${other.url}/profile`, JSON_ONLY);
      assert.equal(profile.status, 200);
      assert.doesNotMatch(await profile.text(), /Mallory/);
    } finally {
      await other.stop();
    }
  });

  const callbacks: [name: string, reason: string, change: (url: URL) => void][] = [
    ['state-invalid', 'of another login', (url) => url.searchParams.set('state', 'other')],
    ['state-missing', 'of no login', (url) => url.searchParams.delete('state')],
    ['iss-invalid (RFC 9207)', 'from another provider', (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['iss-missing (RFC 9207)', 'the provider promises to say it', (url) => url.searchParams.delete('iss')],
    ['code-missing', 'there is nothing to exchange', (url) => url.searchParams.delete('code')],
  ];
  for (const [name, reason, change] of callbacks) {
    it(`${name}: ${reason}, LOGIN_EXPIRED and nothing is spent`, async () => {
      const client = createHttpClient();
      const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
      app.faults.reset();
      change(callback);
      const response = await client.get(callback.href);
      assert.equal(response.status, 400);
      assert.match(await response.text(), /LOGIN_EXPIRED/);
      assert.equal(app.faults.count('/token'), 0);
    });
  }

  const refreshes: [name: string, change: Parameters<typeof rewriting>[0], outcome: string][] = [
    ['refresh-token', changed({}), 'token'],
    ['refresh-token-without-id-token', without('id_token'), 'token'],
    ['refresh-token-invalid-iss', changed({ iss: 'https://evil.example' }), 'refused'],
    ['refresh-token-invalid-sub', changed({ sub: 'local|mallory' }), 'refused'],
    ['refresh-token-invalid-aud', changed({ aud: 'other' }), 'refused'],
    ['refresh-token-invalid-azp', changed({ azp: 'other' }), 'refused'],
    ['refresh-token-other-nonce', changed({ nonce: 'other' }), 'unavailable'],
    ['refresh-token-expired', changed({ exp: now - HOUR }), 'unavailable'],
  ];
  for (const [name, change, outcome] of refreshes) {
    it(`${name}: ${outcome}`, async () => {
      const user = await tokenUser(app);
      app.faults.on('/token', rewriting(change));
      assert.equal((await user.token('force')).outcome, outcome);
    });
  }

  it('rp-init-logout: hint, state and where to come back to, which is `/` once the state is back', async () => {
    const { client } = await tokenUser(app);
    const response = await client.get(`${app.url}/logout`);
    const { searchParams } = new URL(response.headers.get('location') ?? '');
    assert.ok(searchParams.get('id_token_hint'));
    assert.ok(searchParams.get('state'));
    assert.equal(searchParams.get('post_logout_redirect_uri'), app.url);
    for (const query of ['', `?state=${searchParams.get('state')}`]) {
      const back = await client.follow(await client.get(`${app.url}/${query}`));
      assert.equal(back.status, 200);
      assert.equal(back.url, `${app.url}/`);
    }
  });
});
