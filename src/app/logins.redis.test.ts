import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { answering, createGate, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { redisCli } from '../../e2e/support/redis-cluster.ts';
import { startRedis } from '../../e2e/support/redis.ts';
import { callbackUrlOf, signInForm } from '../../e2e/support/sign-in.ts';
import { startTokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { useTokenApp } from '../../e2e/support/use-token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { stateHash } from '../gatehouse/login/login-transactions.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`logins with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

    const isSignedIn = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;

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
        names.filter((name) => name.startsWith('gatehouse_login')),
        [],
      );
      assert.deepEqual(app.events, []);
    });

    it('have cookies that scripts cannot read and that end by themselves', async () => {
      const response = await createHttpClient().get(`${app.url}/login`);
      const [line = '', ...more] = response.headers.getSetCookie();
      assert.deepEqual(more, []);
      assert.match(line, /^gatehouse_login\.\w+\.[\w-]{22}\.[\w-]{22}=/);
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
        const session = response.headers.getSetCookie().filter((line) => /^gatehouse[.=]/.test(line));
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

    it('a callback of no login of this browser is a 4xx; whoever is signed in goes on without a word', async () => {
      const client = createHttpClient();
      await client.get(await tab(client, '/profile'));
      const strange = await callbackUrlOf(createHttpClient(), `${app.url}/profile?c=3`, 'bob');
      app.faults.reset();
      for (const [url, destination] of [
        [strange, '/profile?c=3'],
        [`${app.url}/callback`, '/'],
        [`${app.url}/callback?code=x&state=x`, '/'],
      ] as const) {
        const response = await createHttpClient().get(url);
        assert.equal(response.status, 400);
        assert.match(await response.text(), /LOGIN_EXPIRED/);
        assert.equal((await client.get(url)).headers.get('location'), destination);
      }
      assert.equal(app.faults.count(TOKEN), 0);
      const profile = await client.get(`${app.url}/profile`, JSON_ONLY);
      assert.match(await profile.text(), /local\|alice/);
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

    it('a browser that gives up on the first delivery gets its answer with the second', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile?a=1');
      app.faults.reset();
      const gate = createGate();
      app.faults.on(TOKEN, holding(gate.opened));
      const headers = { cookie: await client.jar.getCookieString(app.url), accept: 'text/html' };
      const impatient = new AbortController();
      const first = fetch(callback, { headers, redirect: 'manual', signal: impatient.signal });
      first.catch(() => 'given up');
      await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
      impatient.abort();
      const second = client.get(callback);
      gate.open();
      assert.equal((await second).headers.get('location'), '/profile?a=1');
      assert.equal(await isSignedIn(client), true);
      assert.equal(app.faults.count(TOKEN), 1);
      await client.get(`${app.url}/logout`);
      // Somebody who brings the old cookie again gets nothing any more.
      const late = await fetch(callback, { headers, redirect: 'manual' });
      const cookies = late.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
      const profile = await fetch(`${app.url}/profile`, {
        headers: { ...JSON_ONLY, cookie: cookies.join('; ') },
      });
      assert.equal(profile.status, 401);
    });

    it('a forged cookie is no login, and whoever is signed in stays so', async () => {
      const { client } = await tokenUser(app);
      const callback = await tab(client, '/profile?a=1');
      const cookie = await client.jar.getCookieString(app.url);
      app.faults.reset();
      for (const forged of [
        cookie.replace(/(gatehouse_login\.[^=]*=).{8}/, '$1AAAAAAAA'),
        cookie.replace(/(gatehouse_login\.)\w+/, (_all, name: string) => `${name}zzzzzz`),
      ]) {
        const deliver = (sent: string) =>
          fetch(callback, { headers: { cookie: sent, accept: 'text/html' }, redirect: 'manual' });
        assert.equal((await deliver(forged)).headers.get('location'), '/profile?a=1');
        const response = await deliver(forged.replace(/(^|; )gatehouse(\.\d)?=[^;]*/g, ''));
        assert.equal(response.status, 400);
        assert.match(await response.text(), /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
      }
      assert.equal(app.faults.count(TOKEN), 0);
      assert.equal(await isSignedIn(client), true);
      assert.equal((await client.get(callback)).headers.get('location'), '/profile?a=1');
    });

    it('odd headers, cookies and parameters do not stand in the way of a login', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile?a=1');
      const cookie = `hasOwnProperty=1; __proto__=2; ${await client.jar.getCookieString(app.url)}`;
      const headers = { cookie, 'x-forwarded-port': '443,443', 'x-forwarded-host': 'a b:c' };
      const response = await fetch(callback, { headers, redirect: 'manual' });
      assert.equal(response.headers.get('location'), '/profile?a=1');

      for (const error of ['constructor', '__proto__', 'toString', '<b>']) {
        const url = new URL(await tab(createHttpClient(), '/profile'));
        const another = createHttpClient();
        const own = new URL(await tab(another, '/profile?a=1'));
        own.searchParams.delete('code');
        own.searchParams.set('error', error);
        const refused = await another.get(own.href);
        assert.equal(refused.status, 400, error);
        assert.match(await refused.text(), /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
        assert.ok(url.searchParams.has('code'));
      }
      const long = await createHttpClient().get(`${app.url}/login?returnTo=/${'€'.repeat(600)}`);
      assert.ok(long.headers.getSetCookie().join().length < 4096);
    });

    it('a provider that was never reached by this process costs no code', async () => {
      const client = createHttpClient();
      const callback = new URL(await tab(client, '/profile'));
      const fresh = await app.another();
      app.faults.on('/.well-known/openid-configuration', dropping);
      app.faults.on(TOKEN, undefined);
      const deliver = () => client.get(fresh.url + callback.pathname + callback.search);
      for (let n = 0; n < 2; n += 1) {
        const response = await deliver();
        assert.equal(response.status, 503);
        assert.ok(response.headers.get('retry-after'));
      }
      app.faults.reset();
      assert.equal((await deliver()).headers.get('location'), '/profile');
      await fresh.stop();
    });

    it('a token endpoint that begins an answer and stalls is slow', async () => {
      const client = createHttpClient();
      const callback = await tab(client, '/profile');
      app.faults.on(TOKEN, (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).write('{"access');
      });
      const response = await client.get(callback);
      assert.equal(response.status, 504);
      assert.ok(response.headers.get('retry-after'));
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
      assert.match(await page.text(), /<h1>Sign out\?<\/h1>[^]*<form[^>]* method="post" action="\/logout"/);
      const script = await client.get(`${app.url}/logout`, { ...crossSite, ...JSON_ONLY });
      assert.equal(script.status, 403);
      assert.equal(await isSignedIn(client), true);
      const forged = await client.postForm(`${app.url}/logout`, {}, crossSite);
      assert.equal(forged.status, 403);
      assert.equal(await isSignedIn(client), true);
      const confirmed = await client.postForm(`${app.url}/logout`, {});
      assert.equal(confirmed.status, 303);
      assert.equal(new URL(confirmed.headers.get('location') ?? '').origin, app.providerUrl);
      assert.equal(await isSignedIn(client), false);
    });
  });
}

it('Redis that fills up in the middle of a login signs nobody out', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const { client } = await tokenUser(app);
    const callback = await client.get(`${app.url}/login`);
    const url = (await client.follow(callback, /[?&]code=/)).headers.get('location') ?? '';
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = client.get(url);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    redisCli(redis.port, 'CONFIG', 'SET', 'maxmemory', '1');
    gate.open();
    const response = await page;
    assert.equal(response.status, 503);
    assert.deepEqual(
      response.headers.getSetCookie().filter((line) => /^gatehouse[.=]/.test(line)),
      [],
    );
    redisCli(redis.port, 'CONFIG', 'SET', 'maxmemory', '0');
    assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('a late answer under the old session id leaves the cookie of the new login alone', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const { client } = await tokenUser(app);
    const old = await client.jar.getCookieString(app.url);
    await client.follow(await client.get(`${app.url}/login`));
    assert.notEqual(await client.jar.getCookieString(app.url), old);
    const late = await fetch(app.url, { headers: { cookie: old, accept: 'text/html' } });
    assert.deepEqual(late.headers.getSetCookie(), []);
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('the claim of a process that died passes, and the callback is carried out', async () => {
  const redis = await startRedis();
  const app = await startTokenApp({ REDIS_URL: redis.url });
  try {
    const client = createHttpClient();
    const callback = await callbackUrlOf(client, `${app.url}/profile`, 'alice');
    const id = stateHash(new URL(callback).searchParams.get('state') ?? '');
    redisCli(redis.port, 'SET', `gatehouse:callback:${id}`, 'claimed', 'PX', '300');
    assert.equal((await client.get(callback)).headers.get('location'), '/profile');
  } finally {
    await app.stop();
    await redis.stop();
  }
});

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
      assert.match(response.headers.getSetCookie().join(), /gatehouse=/);
    }
    assert.equal(app.faults.count(TOKEN), 1);
    assert.deepEqual(app.events, []);
  } finally {
    await second.stop();
    await app.stop();
    await redis.stop();
  }
});
