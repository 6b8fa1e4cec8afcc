import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../../e2e/support/app.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { leadsOnTo, signIn, signedInAs } from '../../e2e/support/sign-in.ts';
import type { Running } from '../program/listen.ts';

const AUDIENCE = { AUTH0_AUDIENCE: 'https://api.gatehouse.test' };
const JSON_ONLY = { accept: 'application/json' };

interface ApiCallBody {
  audience: string;
  token: { preview: string; type: string; expires_in: number; scope: string };
  api: { status: number; body: unknown };
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
    const client = await signedInAs(app, 'carol');
    const response = await client.get(`${app.url}/api-call`, JSON_ONLY);
    assert.equal(response.status, 200);
    const { audience, token, api } = (await response.json()) as ApiCallBody;
    assert.equal(audience, AUDIENCE.AUTH0_AUDIENCE);
    assert.equal(token.preview.length, 20);
    assert.equal(token.type, 'Bearer');
    assert.ok(token.expires_in > 500 && token.expires_in <= 600);
    // Logins do not ask for the permission that only one page needs.
    assert.deepEqual(token.scope.split(' ').sort(), ['email', 'offline_access', 'openid', 'profile']);
    assert.deepEqual(api, {
      status: 200,
      body: { message: 'This endpoint requires authentication', user: 'local|carol' },
    });

    const html = await (await client.get(`${app.url}/api-call`)).text();
    assert.ok(html.includes(token.preview));
    // The second part of a JWT begins with "eyJ" as well; the page shows nothing of it.
    assert.doesNotMatch(html, /eyJ[\w-]+\.eyJ/);
  });

  it('/protected is for everybody signed in, /admin for the permission, which the 403 names with the account', async () => {
    const carol = await signedInAs(app, 'carol');
    const admin = await carol.get(`${app.url}/admin`, JSON_ONLY);
    assert.deepEqual(await admin.json(), {
      api: { status: 200, body: { text: 'This is an admin message.' } },
    });

    const bob = await signedInAs(app, 'bob');
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
    // No login has asked for it yet, so the page offers one that does, and says so if that does not help either.
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
    const client = await signedInAs(app);
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
    const client = await signedInAs(app);
    const page = await (await client.get(`${app.url}/api-call`)).text();
    const formToken = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const strangers = await (await (await signedInAs(app, 'bob')).get(`${app.url}/api-call`)).text();
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
    const state = (await leadsOnTo(response)).searchParams.get('state') ?? '';
    assert.match(Buffer.from(state, 'base64url').toString(), /"returnTo":"\/api-call\?x=1"/);
  });
});

describe('without AUTH0_AUDIENCE', () => {
  it('the pages name the variable', async () => {
    const app = await startApp();
    try {
      const client = await signedInAs(app);
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
