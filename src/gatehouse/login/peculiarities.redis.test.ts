import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RequestHandler } from 'express';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { answering, rewriting } from '../../../e2e/support/provider-faults.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { callbackUrlOf, leadsOnTo, signInForm } from '../../../e2e/support/sign-in.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { startTokenApp, type TokenApp } from '../../../e2e/support/token-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const DISCOVERY = '/.well-known/openid-configuration';
const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'PS256', 'EdDSA'] as const;

type Json = Record<string, unknown>;
type Change = (body: Json, app: TokenApp) => Json | Promise<Json>;

/** What a provider does otherwise than ours. */
interface Peculiarity {
  readonly env?: Record<string, string>;
  readonly discovery?: Change;
  readonly jwks?: Change;
  readonly token?: Change;
  readonly userInfo?: RequestHandler;
}

/** Keys of ours that a provider may sign with, made once. */
const keys = Object.fromEntries(
  await Promise.all(ALGORITHMS.map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const)),
) as unknown as Record<(typeof ALGORITHMS)[number], Awaited<ReturnType<typeof generateKeyPair>>>;

const published = async (alg: (typeof ALGORITHMS)[number], kid?: string) => ({
  ...(await exportJWK(keys[alg].publicKey)),
  ...{ alg, use: 'sig', ...(kid !== undefined && { kid }) },
});

/** The ID token of an answer, signed by one of our keys. */
const signedBy =
  (
    alg: (typeof ALGORITHMS)[number],
    header: Json = { kid: 'ours' },
    claims: (own: JWTPayload, app: TokenApp) => Json = (own) => own,
  ): Change =>
  async (body, app) => ({
    ...body,
    id_token: await new SignJWT(claims(decodeJwt(String(body['id_token'])), app))
      .setProtectedHeader({ alg, ...header })
      .sign(keys[alg].privateKey),
  });
const listing =
  (alg: string): Change =>
  (body) => ({ ...body, id_token_signing_alg_values_supported: ['RS256', alg] });
const adding =
  (...more: (() => Promise<Json>)[]): Change =>
  async (body) => ({ keys: [...(body['keys'] as Json[]), ...(await Promise.all(more.map((make) => make())))] });

async function withPeculiarity<T>(
  { env = {}, discovery, jwks, token, userInfo }: Peculiarity,
  work: (app: TokenApp) => Promise<T>,
): Promise<T> {
  const app = await startTokenApp(env);
  const on = (path: string, change: Change | undefined) =>
    change &&
    app.faults.on(
      path,
      rewriting((body) => change(body, app)),
    );
  on(DISCOVERY, discovery);
  on('/jwks', jwks);
  on('/token', token);
  if (userInfo) app.faults.on('/me', userInfo);
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

async function signIn(app: TokenApp, iss?: string): Promise<{ client: HttpClient; answer: Response }> {
  const client = createHttpClient();
  const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
  if (iss !== undefined) callback.searchParams.set('iss', iss);
  return { client, answer: await client.get(callback.href) };
}

const SIGNED_IN: readonly (readonly [what: string, Peculiarity])[] = [
  ...ALGORITHMS.slice(1).map(
    (alg) =>
      [
        `signs ID tokens with ${alg} (Kanidm, Logto, Rauthy)`,
        { discovery: listing(alg), jwks: adding(() => published(alg, 'ours')), token: signedBy(alg) },
      ] as const,
  ),
  [
    'lists no algorithms (mocks, an imitation of Auth0)',
    { discovery: ({ id_token_signing_alg_values_supported: _listed, ...body }) => body },
  ],
  [
    'has two keys of one id',
    {
      jwks: adding(
        () => published('RS256', 'ours'),
        async () => ({ ...(await exportJWK((await generateKeyPair('RS256')).publicKey)), kid: 'ours' }),
      ),
      token: signedBy('RS256'),
    },
  ],
  [
    'gives its keys no ids, and its tokens one',
    { jwks: async () => ({ keys: [await published('RS256')] }), token: signedBy('RS256', { kid: 'of-some-key' }) },
  ],
  [
    'has keys of kinds that nobody knows',
    { jwks: adding(async () => ({ kty: 'AKP', kid: 'quantum', alg: 'ML-DSA-44', pub: 'AAAA' })) },
  ],
  ['writes null for what is not there', { token: (body) => ({ ...body, scope: null, refresh_token: null }) }],
  ['answers with "" for what is not there', { token: (body) => ({ ...body, scope: '', expires_in: '' }) }],
  ['writes numbers as text', { token: (body) => ({ ...body, expires_in: '600' }) }],
  [
    'has UserInfo that answers with null',
    { env: { AUTH0_SCOPE: 'openid profile email phone' }, userInfo: answering(200, null) },
  ],
];

describe('somebody signs in at a provider that', () => {
  for (const [what, peculiarity] of SIGNED_IN) {
    it(what, () =>
      withPeculiarity(peculiarity, async (app) => {
        const { client, answer } = await signIn(app);
        assert.equal(answer.headers.get('location'), '/profile', await answer.text());
        const { user } = (await (await client.get(`${app.url}/profile`, JSON_ONLY)).json()) as { user: Json };
        assert.equal(user['sub'], 'local|alice');
      }),
    );
  }
});

it('somebody signs in at a provider that writes its issuer with a slash at the end (Authentik)', () =>
  withPeculiarity(
    {
      discovery: (body) => ({ ...body, issuer: `${String(body['issuer'])}/` }),
      jwks: adding(() => published('RS256', 'ours')),
      token: signedBy('RS256', undefined, (claims, app) => ({ ...claims, iss: `${app.providerUrl}/` })),
    },
    async (app) => {
      const { answer } = await signIn(app, `${app.providerUrl}/`);
      assert.equal(answer.headers.get('location'), '/profile', await answer.text());
    },
  ));

const REFUSED: readonly (readonly [what: string, Peculiarity, code: RegExp])[] = [
  [
    'signs with an algorithm that it does not list',
    { jwks: adding(() => published('ES256', 'ours')), token: signedBy('ES256') },
    /SIGNING_ALG_MISMATCH/,
  ],
  ['encrypts its ID tokens', { token: (body) => ({ ...body, id_token: 'a.b.c.d.e' }) }, /ID_TOKEN_ENCRYPTED/],
];

describe('nobody signs in, and the page says why, at a provider that', () => {
  for (const [what, peculiarity, code] of REFUSED) {
    it(what, () =>
      withPeculiarity(peculiarity, async (app) => {
        const { answer } = await signIn(app);
        assert.equal(answer.status, 502);
        assert.match(await answer.text(), code);
      }),
    );
  }

  it('names another issuer than itself, or a template', async () => {
    for (const issuer of ['https://another.example', 'http://localhost/{tenantid}/v2.0']) {
      await withPeculiarity({ discovery: (body) => ({ ...body, issuer }) }, async (app) => {
        const page = await createHttpClient().get(`${app.url}/login`);
        assert.equal(page.status, 502);
        assert.match(await page.text(), /PROVIDER_MISCONFIGURED/);
      });
    }
  });
});

describe('a provider that says no', () => {
  let app: TokenApp;
  before(async () => {
    app = await startTokenApp();
  });
  after(() => app.stop());

  async function refusal(fields: Record<string, string>) {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    for (const name of ['code', 'iss']) callback.searchParams.delete(name);
    for (const [name, value] of Object.entries(fields)) callback.searchParams.set(name, value);
    app.faults.reset();
    const answer = await client.get(callback.href);
    assert.equal(app.faults.count('/token'), 0);
    return { client, answer, text: await answer.text() };
  }

  for (const [error, description, status] of [
    ['unauthorized', 'Please <b>verify</b> your e-mail before you sign in', 403],
    ['access_denied', 'AADB2C90118: The user has forgotten their password.\r\nCorrelation ID: 1', 403],
    ['no_such_code_in_any_rfc', '', 403],
    ['invalid_scope', 'unknown scope', 502],
  ] as const) {
    it(`${error}: in its own words, with a way to another account`, async () => {
      const { answer, text } = await refusal({ error, ...(description && { error_description: description }) });
      assert.equal(answer.status, status);
      const words = (description || error)
        .replace(/\s+/g, ' ')
        .replace('<b>', '&lt;b&gt;')
        .replace('</b>', '&lt;/b&gt;');
      assert.ok(text.includes(`The sign-in service says: “${words}”`), text);
      assert.match(text, /href="\/login\?returnTo=%2Fprofile&amp;prompt=login"/);
      assert.doesNotMatch(text, /begun too long ago/);
    });
  }

  it('because its page was open for too long (Keycloak): begins again by itself, once', async () => {
    const fields = { error: 'temporarily_unavailable', error_description: 'authentication_expired' };
    const { client, answer } = await refusal(fields);
    assert.equal(answer.status, 302);
    const location = new URL(answer.headers.get('location') ?? '');
    assert.equal(location.origin, app.providerUrl);
    const again = new URL(await callbackUrlOf(client, location.href, 'alice'));
    again.searchParams.delete('code');
    for (const [name, value] of Object.entries(fields)) again.searchParams.set(name, value);
    assert.equal((await client.get(again.href)).status, 503);
  });
});

describe('what a login is asked for', () => {
  let app: TokenApp;
  before(async () => {
    app = await startTokenApp({ AUTH0_AUTHORIZATION_PARAMS: 'access_type=offline&kc_idp_hint=saml' });
  });
  after(() => app.stop());

  const requestOf = async (query: string, client = createHttpClient()) =>
    new URL((await client.get(`${app.url}/login?${query}`)).headers.get('location') ?? '').searchParams;

  it('comes from the configuration, and from its address where that may', async () => {
    const sent = await requestOf('login_hint=a%40b.example&ui_locales=de%20en&organization=org_1&prompt=create&x=1');
    const expected = {
      ...{ access_type: 'offline', kc_idp_hint: 'saml', login_hint: 'a@b.example', ui_locales: 'de en' },
      ...{ organization: 'org_1', prompt: 'create', x: null },
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(sent.get(name), value, name);
    const odd = await requestOf(
      'prompt=none&login_hint=a&login_hint=b&redirect_uri=https://evil.example&ui_locales=%00',
    );
    for (const name of ['prompt', 'login_hint', 'ui_locales']) assert.equal(odd.get(name), null, name);
    assert.equal(odd.get('redirect_uri'), `${app.url}/callback`);
  });

  it('may be begun at the provider, by GET and POST, and ends at an address of this app only', async () => {
    for (const [target, end] of [
      [`${app.url}/profile?a=1`, '/profile?a=1'],
      ['https://evil.example/profile', '/'],
    ] as const) {
      const client = createHttpClient();
      const fields = { iss: app.providerUrl, login_hint: 'alice', target_link_uri: target };
      const posted = await client.postForm(`${app.url}/login`, fields, { 'sec-fetch-site': 'cross-site' });
      assert.equal(posted.status, 303);
      const start = new URL(posted.headers.get('location') ?? '', app.url);
      const callback = await callbackUrlOf(client, start.href, 'alice');
      assert.equal((await client.get(callback)).headers.get('location'), end);
    }
    const foreign = await createHttpClient().get(
      `${app.url}/login?iss=https://evil.example&target_link_uri=${app.url}/`,
    );
    assert.equal(foreign.status, 400);
  });
});

it('a login after a form leads on by a page: a redirect to another origin would be blocked', async () => {
  await withPeculiarity({}, async (app) => {
    const { client } = await signIn(app);
    app.faults.on('/token', answering(400, { error: 'invalid_grant' }));
    const page = await client.postForm(`${app.url}/api-call/refresh`, {});
    const provider = await client.follow(await client.get((await leadsOnTo(page)).href), /[?&]code=/);
    assert.ok(provider.headers.has('location') || (await signInForm(provider)));
  });
});

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
        // The provider publishes one of the two keys only.
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
        const { client } = await signIn(app);
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
  // A session in a cookie takes nothing more once its answer is sent.
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url }, {}, { profileInIdToken: false });
  try {
    app.faults.on('/me', answering(500, {}));
    const { client } = await signIn(app);
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
