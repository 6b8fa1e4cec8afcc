import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { answering, createGate, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { callbackUrlOf, signInForm } from '../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`logins with ${kind} sessions`, () => {
    let redis: RedisServer | undefined;
    let app: TokenApp;
    before(async () => {
      redis = kind === 'Redis' ? await startRedis() : undefined;
      app = await startTokenApp(redis ? { REDIS_URL: redis.url } : {});
    });
    after(async () => {
      await app.stop();
      await redis?.stop();
    });
    beforeEach(() => {
      app.faults.reset();
      (app.events as string[]).length = 0;
    });

    const isSignedIn = async (client: HttpClient) =>
      (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;

    /** Begins a login in a tab of `client`, up to the callback that the provider sends the browser to. */
    async function tab(client: HttpClient, page: string): Promise<string> {
      const login = await client.get(`${app.url}/login?returnTo=${encodeURIComponent(page)}`);
      let last = await client.follow(login, /[?&]code=/);
      if (!last.headers.has('location')) {
        const form = await signInForm(last);
        last = await client.postForm(form, { username: 'alice', password: 'password' });
        last = await client.follow(last, /[?&]code=/);
      }
      return last.headers.get('location') ?? '';
    }

    it('begun in five tabs all finish, in any order, each at its own page', async () => {
      const client = createHttpClient();
      const pages = [1, 2, 3, 4, 5].map((n) => `/profile?tab=${n}`);
      const callbacks: string[] = [];
      for (const page of pages) callbacks.push(await tab(client, page));
      for (const n of [3, 0, 4, 1, 2]) {
        const response = await client.get(callbacks[n] ?? '');
        assert.equal(response.headers.get('location'), pages[n]);
        assert.equal(await isSignedIn(client), true);
      }
      const names = (await client.jar.getCookies(app.url)).map(({ key }) => key);
      assert.deepEqual(
        names.filter((name) => name.startsWith('auth_verification')),
        [],
      );
      assert.deepEqual(app.events, []);
    });

    it('have cookies that scripts cannot read and that end by themselves', async () => {
      const response = await createHttpClient().get(`${app.url}/login`);
      const [line = '', ...more] = response.headers.getSetCookie();
      assert.deepEqual(more, []);
      assert.match(line, /^auth_verification\.\w+\.[\w-]{22}=/);
      for (const attribute of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i, /; Max-Age=3600/i]) {
        assert.match(line, attribute);
      }
    });

    it('a callback delivered several times at once signs in once, and every delivery ends well', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile?a=1');
      app.faults.reset();
      const cookie = await client.jar.getCookieString(app.url);
      const deliveries = await Promise.all(
        Array.from({ length: 4 }, () =>
          fetch(callback, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' }),
        ),
      );
      assert.equal(app.faults.count(TOKEN), 1);
      assert.deepEqual(app.events, []);
      for (const response of deliveries) {
        assert.equal(response.status, 302);
        assert.equal(response.headers.get('location'), '/profile?a=1');
        // Whichever answer the browser takes: it is signed in, to one and the same session.
        const session = response.headers.getSetCookie().filter((line) => line.startsWith('appSession'));
        const sessionCookies = session.map((line) => line.split(';', 1)[0]).join('; ');
        const profile = await fetch(`${app.url}/profile`, {
          headers: { ...JSON_ONLY, cookie: sessionCookies },
        });
        assert.equal(profile.status, 200);
      }
      assert.equal(new Set(deliveries.map((one) => one.headers.getSetCookie().join())).size, 1);
    });

    it('a callback that is opened again later (back button, reload) leads to its page', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile?a=1');
      await client.get(callback);
      app.faults.reset();
      const again = await client.get(callback);
      assert.equal(again.headers.get('location'), '/profile?a=1');
      const other = await tab(client, '/profile?b=2');
      await client.get(other);
      app.faults.reset();
      for (const [url, page] of [
        [callback, '/profile?a=1'],
        [other, '/profile?b=2'],
      ] as const) {
        assert.equal((await client.get(url)).headers.get('location'), page);
      }
      assert.equal(app.faults.count(TOKEN), 0);
      assert.equal(await isSignedIn(client), true);
      await client.get(`${app.url}/logout`);
      assert.equal((await client.get(callback)).status, 400);
    });

    it('a callback of no login of this browser is a 4xx, and whoever is signed in stays so', async () => {
      const client = createHttpClient();
      await client.get(await tab(client, '/profile'));
      const strange = await callbackUrlOf(createHttpClient(), `${app.url}/profile?c=3`, 'bob');
      app.faults.reset();
      for (const url of [strange, `${app.url}/callback`, `${app.url}/callback?code=x&state=x`]) {
        const response = await client.get(url);
        assert.equal(response.status, 400);
        assert.match(await response.text(), /LOGIN_EXPIRED/);
      }
      assert.equal(app.faults.count(TOKEN), 0);
      assert.equal(await isSignedIn(client), true);
    });

    it('the oldest of more than eight goes, and can be begun again', async () => {
      const client = createHttpClient();
      const callbacks: string[] = [];
      for (let n = 0; n < 10; n += 1) callbacks.push(await tab(client, `/profile?tab=${n}`));
      const results = [];
      for (const callback of callbacks) results.push((await client.get(callback)).status);
      assert.equal(results.filter((status) => status === 302).length, 8);
      const failed = await createHttpClient().get(callbacks[results.indexOf(400)] ?? '');
      assert.match(await failed.text(), /href="\/login\?returnTo=%2Fprofile%3Ftab%3D\d"/);
    });

    it('long destinations do not make the browser’s requests too large', async () => {
      const client = createHttpClient();
      for (let n = 0; n < 8; n += 1) {
        await client.get(`${app.url}/profile?${String(n).repeat(1000)}`);
      }
      const cookies = await client.jar.getCookieString(app.url);
      assert.ok(cookies.length < 8000, `${cookies.length} bytes`);
    });

    it('a login that took more than an hour has expired', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile');
      const cookie = (await client.jar.getCookieString(app.url)).replace(
        /(auth_verification\.)(\w+)/,
        (_all, name: string, at: string) => `${name}${(Number.parseInt(at, 36) - 3601).toString(36)}`,
      );
      app.faults.reset();
      const response = await fetch(callback, {
        headers: { cookie, accept: 'text/html' },
        redirect: 'manual',
      });
      assert.equal(response.status, 400);
      assert.equal(app.faults.count(TOKEN), 0);
    });

    it('a second delivery of a callback that failed does not present its code again', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile?a=1');
      app.faults.reset();
      const gate = createGate();
      app.faults.on(TOKEN, (req, res, next) => {
        void gate.opened.then(() => dropping(req, res, next));
      });
      const cookie = await client.jar.getCookieString(app.url);
      const deliver = () => fetch(callback, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
      const first = deliver();
      await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
      const second = deliver();
      gate.open();
      assert.equal((await first).status, 503);
      assert.equal((await second).status, 400);
      assert.match(await (await second).text(), /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
      assert.equal(app.faults.count(TOKEN), 1);
    });

    it('a provider in trouble at the callback is told by its own status', async () => {
      const cases: [number, string, Parameters<typeof app.faults.on>[1]][] = [
        [503, 'RATE_LIMITED', answering(429, {}, { 'retry-after': '9' })],
        [503, 'PROVIDER_UNAVAILABLE', answering(500, 'oops')],
        [502, 'PROVIDER_UNREADABLE', answering(200, '<h1>Hello</h1>')],
        [502, 'WRONG_CLIENT_SECRET', answering(401, { error: 'invalid_client' })],
        [400, 'LOGIN_EXPIRED', answering(400, { error: 'invalid_grant' })],
      ];
      for (const [status, code, fault] of cases) {
        const client = createHttpClient();
        const callback = await tab(client, '/profile');
        app.faults.on(TOKEN, fault);
        const response = await client.get(callback);
        assert.match(await response.text(), new RegExp(code));
        assert.equal(response.status, status);
        if (code === 'RATE_LIMITED') assert.equal(response.headers.get('retry-after'), '9');
        app.faults.reset();
      }
    });

    it('asked for by another site, a logout is confirmed first', async () => {
      const { client } = await tokenUser(app);
      const crossSite = { 'sec-fetch-site': 'cross-site' };
      const page = await client.get(`${app.url}/logout`, crossSite);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<h1>Log out\?<\/h1>[^]*href="\/logout"/);
      const script = await client.get(`${app.url}/logout`, { ...crossSite, ...JSON_ONLY });
      assert.equal(script.status, 403);
      assert.equal(await isSignedIn(client), true);
      await client.get(`${app.url}/logout`, { 'sec-fetch-site': 'same-origin' });
      assert.equal(await isSignedIn(client), false);
    });
  });
}

it('a callback delivered to two processes at once is carried out by one of them', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  const second = await app.another();
  try {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${app.url}/profile?a=1`, 'alice'));
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const cookie = await client.jar.getCookieString(app.url);
    const deliver = (origin: string) =>
      fetch(origin + callback.pathname + callback.search, { headers: { cookie }, redirect: 'manual' });
    const deliveries = [deliver(app.url), deliver(second.url)];
    await waitFor('the token request', () => app.faults.count(TOKEN) > 0);
    gate.open();
    for (const response of await Promise.all(deliveries)) {
      assert.equal(response.headers.get('location'), '/profile?a=1');
      assert.match(response.headers.getSetCookie().join(), /appSession=/);
    }
    assert.equal(app.faults.count(TOKEN), 1);
    assert.deepEqual(app.events, []);
  } finally {
    await second.stop();
    await app.stop();
    await redis.stop();
  }
});
