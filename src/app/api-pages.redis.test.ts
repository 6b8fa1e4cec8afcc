import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../../e2e/support/app.ts';
import type { RequestHandler } from 'express';
import { answering, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { startTokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { type FaultServer, startFaultServer } from '../../e2e/support/fault-server.ts';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { signIn } from '../../e2e/support/sign-in.ts';
import type { Running } from '../program/listen.ts';

const AUDIENCE = { AUTH0_AUDIENCE: 'https://api.gatehouse.test' };
const JSON_ONLY = { accept: 'application/json' };

interface ApiCallBody {
  audience: string;
  token: { preview: string; type: string; expires_in: number; scope: string };
  api: { status: number; body: unknown };
}

async function signedIn(app: TestApp, username = 'alice'): Promise<HttpClient> {
  const client = createHttpClient();
  await signIn(client, `${app.url}/login`, username);
  return client;
}

describe('the pages that call the API', () => {
  let redis: RedisServer;
  let app: TestApp;
  let api: Running;
  before(async () => {
    redis = await startRedis();
    app = await startApp({ env: { ...AUDIENCE, REDIS_URL: redis.url } });
    api = await app.startApi();
  });
  after(async () => {
    await api.stop();
    await app.stop();
    await redis.stop();
  });

  it('/api-call shows how the token begins, when it ends, its scopes, and what the API answered', async () => {
    const client = await signedIn(app, 'carol');
    const response = await client.get(`${app.url}/api-call`, JSON_ONLY);
    assert.equal(response.status, 200);
    const { audience, token, api } = (await response.json()) as ApiCallBody;
    assert.equal(audience, AUDIENCE.AUTH0_AUDIENCE);
    assert.equal(token.preview.length, 20);
    assert.equal(token.type, 'Bearer');
    assert.ok(token.expires_in > 500 && token.expires_in <= 600);
    // The permission that one page needs is not asked for at every login.
    assert.deepEqual(token.scope.split(' ').sort(), ['email', 'offline_access', 'openid', 'profile']);
    assert.deepEqual(api, {
      status: 200,
      body: { message: 'This endpoint requires authentication', user: 'local|carol' },
    });

    const html = await (await client.get(`${app.url}/api-call`)).text();
    assert.ok(html.includes(token.preview));
    // The second part of a JWT begins with "eyJ" as well: nothing of it is there.
    assert.doesNotMatch(html, /eyJ[\w-]+\.eyJ/);
  });

  it('/protected is for everybody signed in, /admin for the permission, which the 403 names with the account', async () => {
    const carol = await signedIn(app, 'carol');
    const admin = await carol.get(`${app.url}/admin`, JSON_ONLY);
    assert.deepEqual(await admin.json(), {
      api: { status: 200, body: { text: 'This is an admin message.' } },
    });

    const bob = await signedIn(app, 'bob');
    const message = await bob.get(`${app.url}/protected`, JSON_ONLY);
    assert.deepEqual(await message.json(), {
      api: { status: 200, body: { text: 'This is a protected message.' } },
    });
    for (const headers of [{}, JSON_ONLY]) {
      const refused = await bob.get(`${app.url}/admin`, headers);
      assert.equal(refused.status, 403);
      assert.equal(refused.headers.get('location'), null);
      assert.match(await refused.text(), /bob@example\.com.*read:admin-messages/);
    }
    assert.equal((await bob.get(`${app.url}/protected`)).status, 200);
    // No login has asked for it yet: the page offers one that does, and says so when that did not help either.
    const offer = await (await bob.get(`${app.url}/admin`)).text();
    const [, ask = ''] = /href="(\/login\?[^"]*scope=read[^"]*)"/.exec(offer) ?? [];
    const back = await bob.follow(await bob.get(app.url + ask.replaceAll('&amp;', '&')));
    assert.equal(back.url, `${app.url}/admin`);
    assert.match(await back.text(), /which this account does not have/);
  });

  it('a visitor comes back to each after the login', async () => {
    for (const path of ['/api-call', '/protected?a=1', '/admin']) {
      assert.equal((await signIn(createHttpClient(), app.url + path, 'carol')).url, app.url + path);
      const anonymous = await createHttpClient().get(app.url + path, JSON_ONLY);
      assert.equal(anonymous.status, 401);
      assert.equal(
        ((await anonymous.json()) as { login_url: string }).login_url,
        `/login?returnTo=${encodeURIComponent(path)}`,
      );
    }
  });

  it('POST /api-call/refresh gets a new token, which is kept', async () => {
    const client = await signedIn(app);
    const tokenOf = async () => (await client.get(`${app.url}/api-call`, JSON_ONLY)).json() as Promise<ApiCallBody>;
    const before = await tokenOf();
    const response = await client.postForm(`${app.url}/api-call/refresh`, {});
    assert.equal(response.status, 303);
    assert.equal(response.headers.get('location'), '/api-call');
    const json = await client.postForm(`${app.url}/api-call/refresh`, {}, JSON_ONLY);
    assert.equal(((await json.json()) as ApiCallBody).api.status, 200);
    assert.ok((await tokenOf()).token.expires_in >= before.token.expires_in - 1);
    assert.equal((await client.get(`${app.url}/api-call/refresh`)).status, 404);
  });

  it('POST is taken from pages of this app only', async () => {
    const client = await signedIn(app);
    const page = await (await client.get(`${app.url}/api-call`)).text();
    const formToken = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const strangers = await (await (await signedIn(app, 'bob')).get(`${app.url}/api-call`)).text();
    const otherToken = /name="form_token" value="([^"]+)"/.exec(strangers)?.[1] ?? '';
    assert.ok(formToken && otherToken && formToken !== otherToken);

    const cases: [number, Record<string, string>, Record<string, string>][] = [
      [303, { 'sec-fetch-site': 'same-origin' }, {}],
      [303, { origin: app.url }, {}],
      [303, {}, { form_token: formToken }],
      [403, {}, {}],
      [403, {}, { form_token: otherToken }],
      [403, {}, { form_token: `${formToken}x` }],
      [403, { 'sec-fetch-site': 'cross-site' }, { form_token: formToken }],
      [403, { 'sec-fetch-site': 'same-site', origin: app.url }, {}],
      [403, { 'sec-fetch-site': 'none' }, {}],
      [403, { origin: 'https://evil.example' }, { form_token: formToken }],
      [403, { origin: 'null' }, {}],
    ];
    for (const [status, headers, form] of cases) {
      const response = await client.send(`${app.url}/api-call/refresh`, {
        method: 'POST',
        headers: { accept: 'text/html', ...headers },
        body: new URLSearchParams(form),
      });
      assert.equal(response.status, status, JSON.stringify([headers, Object.keys(form)]));
    }
  });

  it('a form that is sent after the session ended leads to the login and back to its page', async () => {
    const response = await createHttpClient().postForm(
      `${app.url}/api-call/refresh`,
      {},
      { referer: `${app.url}/api-call?x=1` },
    );
    assert.equal(response.status, 302);
    const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? '';
    assert.match(Buffer.from(state, 'base64url').toString(), /"returnTo":"\/api-call\?x=1"/);
  });
});

describe('an API that misbehaves', () => {
  let app: TestApp;
  let api: FaultServer;
  let client: HttpClient;
  before(async () => {
    api = await startFaultServer();
    app = await startApp({ env: { ...AUDIENCE, API_SERVER_URL: api.url } });
    client = await signedIn(app);
  });
  after(async () => {
    await app.stop();
    await api.stop();
  });

  const json =
    (status: number, body: object, headers: Record<string, string> = {}): RequestListener =>
    (_req, res) =>
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

  it('refusing the token has it refreshed once and the call repeated once', async () => {
    api.answer(json(401, { message: 'no' }));
    const response = await client.get(`${app.url}/api-call`, JSON_ONLY);
    assert.equal(response.status, 200);
    assert.deepEqual(((await response.json()) as ApiCallBody).api, { status: 401, body: { message: 'no' } });
    const [first, second, ...more] = api.requests.map(({ headers }) => headers.authorization);
    assert.ok(first && second && first !== second);
    assert.deepEqual(more, []);
  });

  it('refusing the old token only is not noticed', async () => {
    let refused: string | undefined;
    api.answer((req, res) => {
      refused ??= req.headers.authorization;
      json(req.headers.authorization === refused ? 401 : 200, { ok: true })(req, res);
    });
    const response = await client.get(`${app.url}/protected`, JSON_ONLY);
    assert.deepEqual(await response.json(), { api: { status: 200, body: { ok: true } } });
  });

  it('with an error of its own is shown with its status', async () => {
    api.answer(json(500, { error: 'boom' }));
    const response = await client.get(`${app.url}/protected`, JSON_ONLY);
    assert.deepEqual(await response.json(), { api: { status: 500, body: { error: 'boom' } } });
    assert.match(await (await client.get(`${app.url}/protected`)).text(), /Status 500/);
  });

  it('naming a permission in its 403 is quoted, escaped', async () => {
    const challenge = 'Bearer error="insufficient_scope", scope="read:<b>things</b>"';
    api.answer(json(403, {}, { 'www-authenticate': challenge }));
    const response = await client.get(`${app.url}/api-call`);
    assert.equal(response.status, 403);
    assert.match(await response.text(), /alice@example\.com.*read:&lt;b&gt;things/);
  });

  const nonsense: [string, RequestListener][] = [
    ['HTML', (_req, res) => res.end('<h1>It works!</h1>')],
    ['an endless body', (_req, res) => res.end(`"${'x'.repeat(200_000)}"`)],
    ['a redirect', (_req, res) => res.writeHead(302, { location: `${api.url}/elsewhere` }).end()],
  ];
  for (const [name, listener] of nonsense) {
    it(`answering ${name} is a 502`, async () => {
      api.answer(listener);
      const response = await client.get(`${app.url}/protected`, JSON_ONLY);
      assert.equal(response.status, 502);
      assert.equal(((await response.json()) as { error: string }).error, 'API_UNREADABLE');
      assert.equal(api.requests.length, 1);
    });
  }

  it('dropping the connection is a 503 with Retry-After', async () => {
    api.answer((req) => req.socket.destroy());
    const response = await client.get(`${app.url}/protected`);
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    assert.match(await response.text(), /still signed in/);
  });

  it('never answering is a 504 after its deadline', async () => {
    api.answer(() => {});
    const response = await client.get(`${app.url}/protected`, JSON_ONLY);
    assert.equal(response.status, 504);
    assert.equal((await client.get(`${app.url}/profile`)).status, 200);
  });

  it('gets nothing of the request but the token', async () => {
    api.answer(json(200, {}));
    await client.get(`${app.url}/protected?path=../../evil`, { ...JSON_ONLY, 'x-evil': '1' });
    const [request] = api.requests;
    assert.equal(request?.url, '/api/messages/protected');
    assert.equal(request?.headers.cookie, undefined);
    assert.equal(request?.headers['x-evil'], undefined);
    assert.match(request?.headers.authorization ?? '', /^Bearer \S+$/);
  });
});

describe('without AUTH0_AUDIENCE', () => {
  it('the pages name the variable', async () => {
    const app = await startApp();
    try {
      const client = await signedIn(app);
      for (const path of ['/api-call', '/protected', '/admin']) {
        const response = await client.get(app.url + path);
        assert.equal(response.status, 501);
        assert.match(await response.text(), /AUTH0_AUDIENCE/);
      }
    } finally {
      await app.stop();
    }
  });
});

describe('when the token has to be renewed', () => {
  it('a provider that refuses ends the session: pages go to the login and come back, JSON gets 401', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const [page, script] = [await tokenUser(app), await tokenUser(app)];
      await Promise.all([page.expire(), script.expire()]);
      await app.stopProvider();
      await app.startProvider(); // knows no refresh token of before
      const response = await page.client.get(`${app.url}/protected?a=1`);
      assert.equal(response.status, 302);
      assert.ok(response.headers.get('location')?.startsWith(app.providerUrl));
      const json = await script.client.get(`${app.url}/protected`, JSON_ONLY);
      assert.equal(json.status, 401);
      assert.equal(
        ((await json.json()) as { login_url: string }).login_url,
        `/login?returnTo=${encodeURIComponent('/protected')}`,
      );
      assert.equal((await script.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    } finally {
      await api.stop();
      await app.stop();
    }
  });

  it('a provider in trouble is told with its own status, and leaves the session', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const { client } = await tokenUser(app);
      const cases: [number, string, RequestHandler, boolean][] = [
        [503, 'PROVIDER_UNAVAILABLE', dropping, true],
        [503, 'PROVIDER_UNAVAILABLE', answering(500, 'oops'), true],
        [502, 'PROVIDER_UNREADABLE', answering(200, '<h1>Hello</h1>'), false],
        [504, 'PROVIDER_TIMEOUT', holding(new Promise(() => {})), true],
        [503, 'RATE_LIMITED', answering(429, {}, { 'retry-after': '7' }), true],
      ];
      for (const [status, code, fault, mayWait] of cases) {
        const user = code === 'PROVIDER_TIMEOUT' ? (await tokenUser(app)).client : client;
        app.faults.on('/token', fault);
        for (const headers of [JSON_ONLY, {}]) {
          const response = await user.postForm(`${app.url}/api-call/refresh`, {}, headers);
          assert.equal(response.status, status, code);
          assert.match(await response.text(), new RegExp(code));
          assert.equal(response.headers.has('retry-after'), mayWait, code);
        }
        assert.equal((await user.get(`${app.url}/api-call`)).status, 200);
        app.faults.reset();
      }
    } finally {
      await api.stop();
      await app.stop();
    }
  });

  it('a provider that is away leaves the session and the token that still lives', async () => {
    const app = await startTokenApp();
    const api = await app.startApi();
    try {
      const { client, expire } = await tokenUser(app);
      await client.get(`${app.url}/protected`); // the API has the provider's keys now
      await expire(20);
      await app.stopProvider();
      assert.equal((await client.get(`${app.url}/protected`)).status, 200);
      const forced = await client.postForm(`${app.url}/api-call/refresh`, {});
      assert.equal(forced.status, 503);
      assert.ok(forced.headers.get('retry-after'));
      assert.equal((await client.get(`${app.url}/profile`)).status, 200);
      assert.equal((await client.get(`${app.url}/logout`)).status, 302);
      assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    } finally {
      await api.stop();
      await app.stop();
    }
  });
});
