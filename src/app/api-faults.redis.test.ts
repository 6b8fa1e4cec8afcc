import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../../e2e/support/app.ts';
import { type FaultServer, startFaultServer } from '../../e2e/support/fault-server.ts';
import { type HttpClient } from '../../e2e/support/http-client.ts';
import { signedInAs } from '../../e2e/support/sign-in.ts';

const AUDIENCE = { AUTH0_AUDIENCE: 'https://api.gatehouse.test' };
const JSON_ONLY = { accept: 'application/json' };

describe('an API that misbehaves', () => {
  let app: TestApp;
  let api: FaultServer;
  let client: HttpClient;
  before(async () => {
    api = await startFaultServer();
    app = await startApp({ env: { ...AUDIENCE, API_SERVER_URL: api.url } });
    client = await signedInAs(app);
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
    assert.deepEqual(((await response.json()) as { api: unknown }).api, { status: 401, body: { message: 'no' } });
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
    // Another session, since the app has just renewed the token of the first one.
    const other = await signedInAs(app);
    const response = await other.get(`${app.url}/protected`, JSON_ONLY);
    assert.deepEqual(await response.json(), { api: { status: 200, body: { ok: true } } });
  });

  it('refusing every token is shown as it is also where that has been refreshed very often', async () => {
    api.answer(json(401, { message: 'no' }));
    const other = await signedInAs(app);
    const { accessTokens } = app.inside;
    const get = accessTokens.get.bind(accessTokens);
    accessTokens.get = async (session, wish) =>
      wish?.forceRefresh ? { outcome: 'too often', retryAfterSeconds: 9 } : get(session, wish);
    try {
      const response = await other.get(`${app.url}/protected`, JSON_ONLY);
      assert.deepEqual(await response.json(), { api: { status: 401, body: { message: 'no' } } });
      const headers = { ...JSON_ONLY, 'sec-fetch-site': 'same-origin' };
      const forced = await other.postForm(`${app.url}/api-call/refresh`, {}, headers);
      assert.deepEqual([forced.status, forced.headers.get('retry-after')], [429, '9']);
    } finally {
      accessTokens.get = get;
    }
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
