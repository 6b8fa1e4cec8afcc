import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import {
  adding,
  ALGORITHMS,
  type Json,
  listing,
  type Peculiarity,
  published,
  signedBy,
  signInThere,
  withPeculiarity,
} from '../../../e2e/support/peculiar-provider.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { answering } from '../../../e2e/support/provider-faults.ts';

const JSON_ONLY = { accept: 'application/json' };

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
  [
    'has its endpoints for servers on another host (a container’s name)',
    {
      discovery: (body) => {
        const there = (name: string) => ({ [name]: String(body[name]).replace('//localhost:', '//127.0.0.1:') });
        return { ...body, ...there('token_endpoint'), ...there('jwks_uri'), ...there('userinfo_endpoint') };
      },
    },
  ],
  ['writes null for what is not there', { token: (body) => ({ ...body, scope: null, refresh_token: null }) }],
  ['answers with "" for what is not there', { token: (body) => ({ ...body, scope: '', expires_in: '' }) }],
  ['writes numbers as text', { token: (body) => ({ ...body, expires_in: '600' }) }],
  ...(
    [
      ['answers with null', answering(200, null)],
      ['answers with a number', answering(200, '7')],
      ['refuses the access token', answering(401, { error: 'invalid_token' })],
      ['hangs', () => {}],
    ] as const
  ).map(([what, userInfo]) => [`has UserInfo that ${what}`, { userInfo }] as const),
];

describe('somebody signs in at a provider that', () => {
  for (const [what, peculiarity] of SIGNED_IN) {
    it(what, () =>
      withPeculiarity(peculiarity, async (app) => {
        const { client, answer } = await signInThere(app);
        assert.equal(answer.headers.get('location'), '/profile', await answer.text());
        const { user } = (await (await client.get(`${app.url}/profile`, JSON_ONLY)).json()) as { user: Json };
        assert.equal(user['sub'], 'local|alice');
        assert.equal(app.faults.count('/me'), peculiarity.userInfo ? 1 : 0);
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
      const { answer } = await signInThere(app, `${app.providerUrl}/`);
      assert.equal(answer.headers.get('location'), '/profile', await answer.text());
    },
  ));

it('somebody signs in at a provider that reads the client’s credentials without decoding them (LemonLDAP::NG)', () =>
  withPeculiarity({}, async (app) => {
    let seen = '';
    app.faults.on('/token', (req, _res, next) => {
      seen = Buffer.from((req.get('authorization') ?? '').replace('Basic ', ''), 'base64').toString();
      next();
    });
    const { answer } = await signInThere(app);
    assert.equal(answer.headers.get('location'), '/profile');
    assert.equal(seen, `${app.env['AUTH0_CLIENT_ID']}:${app.env['AUTH0_CLIENT_SECRET']}`);
    assert.match(seen, /^[^:]*-[^:]*:/);
  }));

describe('a provider that wants its requests pushed (RFC 9126)', () => {
  const pushed: Peculiarity = { discovery: (body) => ({ ...body, require_pushed_authorization_requests: true }) };

  it('gets them so, and somebody signs in', () =>
    withPeculiarity(pushed, async (app) => {
      const start = await createHttpClient().get(`${app.url}/login`);
      const asked = new URL(start.headers.get('location') ?? '').searchParams;
      assert.match(asked.get('request_uri') ?? '', /^urn:/);
      assert.equal(asked.get('redirect_uri'), null);
      const { answer } = await signInThere(app);
      assert.equal(answer.headers.get('location'), '/profile', await answer.text());
    }));

  for (const [what, answer, status, code] of [
    ['is in trouble', answering(500, {}), 503, 'PROVIDER_UNAVAILABLE'],
    ['does not know the secret', answering(401, { error: 'invalid_client' }), 502, 'WRONG_CLIENT_SECRET'],
    ['does not know a scope', answering(400, { error: 'invalid_scope' }), 502, 'SCOPE_REFUSED'],
    ['answers nonsense', answering(200, '<html>'), 502, 'PROVIDER_MISCONFIGURED'],
  ] as const) {
    it(`and ${what} is found out before anybody goes there`, () =>
      withPeculiarity(pushed, async (app) => {
        app.faults.on('/request', answer);
        const page = await createHttpClient().get(`${app.url}/login`, JSON_ONLY);
        assert.equal(((await page.json()) as Json)['error'], code);
        assert.equal(page.status, status);
      }));
  }
});
