import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { assertRefused, challengesOf, startTestApi, type TestApi } from '../../e2e/support/resource-server.ts';
import { AUDIENCE, startTokenIssuer, type TokenIssuer } from '../../e2e/support/token-issuer.ts';
import { API_ROUTES, type ApiRoute } from './routes.ts';

const ORIGIN = 'https://app.example.com';
const ALGS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 EdDSA';

/** RFC 9728 section 3. */
const METADATA = '/.well-known/oauth-protected-resource';

/** Path, who may call it (whoever has a permission, anybody with a token, or everybody), and the body of the 200. */
const CONTRACT: readonly [path: string, access: string, body: object][] = [
  ['/api/public', 'everybody', { message: 'This endpoint is public' }],
  ['/api/private', 'token', { message: 'This endpoint requires authentication', user: 'user-1' }],
  [
    '/api/private-scoped',
    'read:messages',
    { message: 'Private scoped endpoint - read:messages permission granted', user: 'user-1' },
  ],
  ['/api/dpop-protected', 'token', { message: 'Successfully authenticated with DPoP or Bearer', user: 'user-1' }],
  ['/api/admin', 'admin:write', { message: 'Admin access granted' }],
  ['/api/protected-data', 'token', { user_id: 'user-1' }],
  ['/api/messages/public', 'everybody', { text: 'This is a public message.' }],
  ['/api/messages/protected', 'token', { text: 'This is a protected message.' }],
  ['/api/messages/admin', 'read:admin-messages', { text: 'This is an admin message.' }],
  ['/health', 'everybody', { status: 'ok' }],
];

let issuer: TokenIssuer;
let api: TestApi;
before(async () => {
  issuer = await startTokenIssuer();
  api = await startTestApi(issuer.url, { env: { CLIENT_ORIGIN_URL: ORIGIN } });
});
after(async () => {
  await api.stop();
  await issuer.stop();
});

describe('each route of the contract', () => {
  for (const [path, access, expected] of CONTRACT) {
    it(`${path} is for ${access}`, async () => {
      const scope = access.includes(':') ? access : undefined;
      const allowed = await (access === 'everybody' ? api.get(path) : api.bearer(path, await issuer.sign({ scope })));
      assert.deepEqual([allowed.status, allowed.body], [200, expected]);
      if (access !== 'everybody') assertRefused(await api.get(path), 'unauthorized');
      if (!scope) return;
      const others = 'read:messages admin:write read:admin-messages'.replace(scope, '').trim();
      const denied = await api.bearer(path, await issuer.sign({ scope: others, permissions: [`${scope}s`] }));
      assertRefused(denied, 'insufficient_scope', { description: new RegExp(scope) });
      assert.equal(challengesOf(denied)['Bearer']?.['scope'], scope);
    });
  }

  it('has no route that the contract lacks, and none more that is public', async () => {
    const paths = (rows: readonly { path: string }[]) => rows.map(({ path }) => path).sort();
    assert.deepEqual(paths(API_ROUTES), [METADATA, ...CONTRACT.map(([path]) => path)].sort());
    const open: { path: string }[] = [];
    for (const { path } of API_ROUTES) if ((await api.get(path)).status === 200) open.push({ path });
    assert.deepEqual(paths(open), [METADATA, '/api/messages/public', '/api/public', '/health']);
  });

  it('cannot be declared without a rule', async () => {
    const ruleless = { path: '/api/forgotten', body: () => ({}) } as unknown as ApiRoute;
    await assert.rejects(startTestApi(issuer.url, { routes: [ruleless] }), TypeError);
  });

  it('answers HEAD as GET, without a body, and keeps it behind the same rule', async () => {
    const Authorization = `Bearer ${await issuer.sign()}`;
    const answered = await api.send('HEAD', '/api/private', { Authorization });
    assert.deepEqual([answered.status, answered.body], [200, undefined]);
    const refused = await api.send('HEAD', '/api/private');
    assert.deepEqual([refused.status, Object.keys(challengesOf(refused))], [401, ['Bearer', 'DPoP']]);
  });

  it('is found in any spelling that Express takes for it, and only with its rule', async () => {
    for (const path of ['/api/private/', '/API/Private', '/api/private?x=/health']) {
      assertRefused(await api.get(path), 'unauthorized');
    }
  });

  for (const [method, path] of [
    ...[
      ['GET', '/'],
      ['GET', '/api'],
      ['GET', '/api/nothing'],
      ['GET', '//api/private'],
    ],
    ...['POST', 'PUT', 'DELETE', 'PATCH'].map((verb) => [verb, '/api/public']),
    ['POST', '/api/private'],
  ] as [string, string][]) {
    it(`has nothing at ${method} ${path}`, async () => {
      assertRefused(await api.send(method, path), 'not_found');
    });
  }
});

test('anybody may read whose tokens the API takes, and for what (RFC 9728)', async () => {
  const { status, body } = await api.get(METADATA);
  assert.deepEqual([status, body], [200, { resource: AUDIENCE, authorization_servers: [issuer.url] }]);
});

describe('challenges', () => {
  for (const [dpop, expected] of [
    ['allowed', `Bearer realm="api", DPoP algs="${ALGS}"`],
    ['required', `DPoP algs="${ALGS}"`],
    ['disabled', 'Bearer realm="api"'],
  ] as const) {
    it(`name the schemes that are accepted and no error without a token (DPoP ${dpop})`, async (t) => {
      const other = await startTestApi(issuer.url, { env: { AUTH0_DPOP: dpop } });
      t.after(other.stop);
      const reply = await other.get('/api/private');
      assertRefused(reply, 'unauthorized');
      assert.equal(reply.headers['www-authenticate'], expected);
    });
  }

  it('carry no character that would break the header', async () => {
    for (const Authorization of ['Bearer "\\x', 'Bearer a\\b', 'Bearer ünïcödé.x.y']) {
      const { headers } = await api.get('/api/private', { Authorization });
      const text = challengesOf({ headers, status: 0, body: undefined })['Bearer']?.['error_description'];
      assert.match(text ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });
});

describe('failures that are nobody’s fault but ours', () => {
  const failing: ApiRoute[] = [
    {
      path: '/broken',
      access: 'public',
      body: () => {
        throw new Error('password of /etc/shadow', { cause: 'internals' });
      },
    },
    { path: '/things/:id', access: 'public', body: () => ({}) },
  ];

  it('are a 500 that tells nothing, and a line in the log', async (t) => {
    const other = await startTestApi(issuer.url, { routes: failing });
    t.after(other.stop);
    const reply = await other.get('/broken');
    assertRefused(reply, 'server_error');
    assert.doesNotMatch(JSON.stringify(reply), /shadow|internals|at .*\.ts/);
    assert.match(other.logged(), /password of \/etc\/shadow/);
  });

  it('are not those of a request that cannot be read', async (t) => {
    const other = await startTestApi(issuer.url, { routes: failing });
    t.after(other.stop);
    const { status, body } = await other.get('/things/%E0%A4%A');
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(body as object), ['error', 'error_description', 'message']);
  });
});

describe('CORS', () => {
  const preflight = (origin: string, api: TestApi, path = '/api/private') =>
    api.send('OPTIONS', path, {
      Origin: origin,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'authorization,dpop',
    });

  it('lets scripts of the client’s origin send tokens and proofs, and asks no more for a day', async () => {
    const { status, headers, body } = await preflight(ORIGIN, api);
    assert.deepEqual([status, body], [204, undefined]);
    const said = Object.entries(headers).filter(([name]) => name.startsWith('access-control-'));
    assert.deepEqual(Object.fromEntries(said), {
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET,OPTIONS',
      'access-control-allow-headers': 'Authorization,Content-Type,DPoP',
      'access-control-max-age': '86400',
      'access-control-expose-headers': 'WWW-Authenticate,Retry-After,X-Request-Id',
    });
  });

  it('opens to no other origin', async () => {
    const others = ['https://evil.example', 'https://app.example.com.evil.example', 'null'];
    for (const origin of [...others, ORIGIN.replace('https', 'http'), `${ORIGIN}:8443`]) {
      for (const reply of [await preflight(origin, api), await api.get('/api/public', { Origin: origin })]) {
        assert.equal(reply.headers['access-control-allow-origin'], undefined, origin);
        assert.match(reply.headers.vary ?? '', /Origin/);
      }
    }
  });

  it('lets scripts read failures and their challenges, too', async () => {
    for (const path of ['/api/private', '/api/nothing']) {
      const { headers } = await api.get(path, { Origin: ORIGIN });
      assert.equal(headers['access-control-allow-origin'], ORIGIN);
      assert.match(headers['access-control-expose-headers'] ?? '', /WWW-Authenticate/);
      assert.equal(headers['access-control-allow-credentials'], undefined);
    }
  });
});

test('every answer has the security headers and is stored nowhere', async () => {
  const Authorization = `Bearer ${await issuer.sign()}`;
  for (const [status, method, path, headers] of [
    [200, 'GET', '/health', {}],
    [200, 'GET', '/api/private', { Authorization }],
    [204, 'OPTIONS', '/api/private', { Origin: ORIGIN }],
    [401, 'GET', '/api/private', {}],
    [403, 'GET', '/api/admin', { Authorization }],
    [404, 'GET', '/nothing', {}],
  ] as const) {
    const reply = await api.send(method, path, headers);
    const at = `${method} ${path}`;
    assert.equal(reply.status, status, at);
    assert.equal(reply.headers['cache-control'], 'no-store', at);
    assert.match(reply.headers['content-security-policy'] as string, /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(reply.headers['x-content-type-options'], 'nosniff', at);
    assert.equal(reply.headers['referrer-policy'], 'no-referrer', at);
    assert.match(reply.headers['strict-transport-security'] ?? '', /^max-age=\d+/, at);
    assert.ok(reply.headers['x-request-id'], at);
    assert.equal(reply.headers['x-powered-by'], undefined, at);
  }
});
