import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startApp } from '../../e2e/support/app.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { callbackUrlOf, signIn } from '../../e2e/support/sign-in.ts';
import { useApp } from '../../e2e/support/use-app.ts';

const JSON_ONLY = { accept: 'application/json' };

for (const kind of ['cookie', 'Redis'] as const) {
  describe(`sign-in with ${kind} sessions`, () => {
    const app = useApp(kind, (env) => startApp({ env }));

    it('asks for a code with PKCE, state and nonce, by query', async () => {
      const response = await createHttpClient().get(`${app.url}/login`);
      assert.equal(response.status, 302);
      const { searchParams: query } = new URL(response.headers.get('location') ?? '');
      assert.equal(query.get('response_type'), 'code');
      assert.equal(query.get('response_mode'), 'query');
      assert.equal(query.get('code_challenge_method'), 'S256');
      assert.equal(query.get('redirect_uri'), `${app.url}/callback`);
      assert.equal(query.get('scope'), 'openid profile email');
      assert.equal(query.has('audience'), false);
      for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(query.get(name), name);
    });

    it('signs in at the page that was asked for, query included', async () => {
      const client = createHttpClient();
      const page = await signIn(client, `${app.url}/profile?tab=claims&x=%26`);
      assert.equal(page.status, 200);
      assert.equal(page.url, `${app.url}/profile?tab=claims&x=%26`);
      const html = await page.text();
      assert.match(html, /<h1[^>]*>Alice Adams</);
      assert.match(html, /alice@example\.com/);
    });

    it('comes back to returnTo of /login, but to no other site', async () => {
      const page = await signIn(createHttpClient(), `${app.url}/login?returnTo=%2Fprofile%3Fa%3D1`);
      assert.equal(page.url, `${app.url}/profile?a=1`);
      const home = await signIn(createHttpClient(), `${app.url}/login?returnTo=https%3A%2F%2Fevil.example%2F`);
      assert.equal(home.url, `${app.url}/`);
    });

    it('answers with the same data as JSON', async () => {
      const client = createHttpClient();
      const anonymous = await client.get(`${app.url}/`, JSON_ONLY);
      assert.deepEqual(await anonymous.json(), { authenticated: false });

      await signIn(client, `${app.url}/login`, 'bob');
      const home = (await (await client.get(`${app.url}/`, JSON_ONLY)).json()) as Record<string, unknown>;
      assert.equal(home['authenticated'], true);
      const profile = await client.get(`${app.url}/profile`, JSON_ONLY);
      const { user } = (await profile.json()) as { user: Record<string, unknown> };
      assert.equal(user['name'], 'Bob Baker');
      assert.equal(user['email'], 'bob@example.com');
      assert.equal(user['iss'], app.providerUrl);
      assert.equal(profile.headers.get('cache-control'), 'no-store');
    });

    it('tells JSON clients and scripts to sign in, and begins no login for them', async () => {
      for (const headers of [
        JSON_ONLY,
        { accept: '*/*', 'sec-fetch-dest': 'empty' },
        { 'x-requested-with': 'XMLHttpRequest' },
        // A script in a browser, on plain http.
        { accept: '*/*', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101' },
        ...['image', 'font', 'iframe'].map((dest) => ({ accept: 'text/html,*/*', 'sec-fetch-dest': dest })),
      ]) {
        const response = await createHttpClient().get(`${app.url}/profile?a=1`, headers);
        assert.equal(response.status, 401);
        assert.deepEqual(response.headers.getSetCookie(), []);
        const body = (await response.json()) as Record<string, string>;
        assert.equal(body['error'], 'LOGIN_REQUIRED');
        assert.equal(body['login_url'], '/login?returnTo=%2Fprofile%3Fa%3D1');
        assert.equal(body['request_id'], response.headers.get('x-request-id'));
      }
    });

    it('leads the browser inside of an app, which sends a name of its own, to the login', async () => {
      const headers = { accept: 'text/html', 'x-requested-with': 'com.example.messenger' };
      const response = await createHttpClient().get(`${app.url}/profile`, headers);
      assert.equal(response.status, 302);
      assert.equal(new URL(response.headers.get('location') ?? '').origin, app.providerUrl);
    });

    it('keeps two browsers apart', async () => {
      const [alice, bob] = [createHttpClient(), createHttpClient()];
      await signIn(alice, `${app.url}/login`, 'alice');
      assert.equal((await bob.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
      await signIn(bob, `${app.url}/login`, 'bob');
      assert.match(await (await alice.get(`${app.url}/`)).text(), /Welcome, Alice Adams/);
      assert.match(await (await bob.get(`${app.url}/`)).text(), /Welcome, Bob Baker/);
    });

    it('leaves no effect of HEAD and prefetch on /login, /callback and /logout', async () => {
      const client = createHttpClient();
      const callback = await callbackUrlOf(client, `${app.url}/login`, 'alice');
      const before = await client.jar.serialize();
      for (const url of [`${app.url}/login`, callback, `${app.url}/logout`]) {
        for (const init of [{ method: 'HEAD' }, { headers: { 'sec-purpose': 'prefetch;prerender' } }]) {
          const response = await client.send(url, init);
          assert.equal(response.status, 425);
          assert.deepEqual(response.headers.getSetCookie(), []);
        }
      }
      assert.deepEqual((await client.jar.serialize()).cookies.length, before.cookies.length);
      await client.follow(await client.get(callback));
      await client.send(`${app.url}/logout`, { method: 'HEAD' });
      assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 200);
    });

    it('signs out here and at the provider, and comes back', async () => {
      const client = createHttpClient();
      await signIn(client, `${app.url}/login`);
      const response = await client.get(`${app.url}/logout`);
      const location = new URL(response.headers.get('location') ?? '');
      assert.equal(location.origin, app.providerUrl);
      assert.equal(location.searchParams.get('post_logout_redirect_uri'), app.url);
      assert.ok(location.searchParams.get('id_token_hint'));
      assert.equal(response.headers.get('clear-site-data'), '"cache"');
      assert.equal((await client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
    });

    it('explains a cancelled sign-in and offers to begin again with the same destination', async () => {
      const client = createHttpClient();
      const page = await client.follow(await client.get(`${app.url}/profile?a=1`));
      const cancel = /action="([^"]*\/cancel)"/.exec(await page.text())?.[1] ?? '';
      const answer = await client.follow(await client.postForm(new URL(cancel, page.url).href, {}));
      assert.equal(answer.status, 403);
      const html = await answer.text();
      assert.match(html, /Sign-in was cancelled/);
      assert.match(html, /href="\/login\?returnTo=%2Fprofile%3Fa%3D1&amp;prompt=login"/);
    });

    it('explains a callback that belongs to no login of this browser, also where its cookie is lost', async () => {
      const callback = await callbackUrlOf(createHttpClient(), `${app.url}/profile?a=1`, 'alice');
      const stranger = await createHttpClient().get(callback);
      assert.equal(stranger.status, 400);
      const html = await stranger.text();
      assert.match(html, /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
      assert.match(html, /LOGIN_EXPIRED/);
      const forged = await createHttpClient().get(`${app.url}/callback?code=x&state=%22%3E%3Cscript%3E`);
      assert.equal(forged.status, 400);
      assert.doesNotMatch(await forged.text(), /<script>/);
      const odd = { returnTo: {}, demand: { max_age: { toString: null, valueOf: null }, scope: ['a'] } };
      const state = Buffer.from(JSON.stringify(odd)).toString('base64url');
      assert.equal((await createHttpClient().get(`${app.url}/callback?code=x&state=${state}`)).status, 400);
    });
  });
}

describe('the session cookie', () => {
  it('carries nothing readable, and no script can read it', async () => {
    const app = await startApp();
    try {
      const client = createHttpClient();
      await signIn(client, `${app.url}/login`);
      const cookies = (await client.jar.getCookies(app.url)).filter(({ key }) => /^gatehouse\.\d/.test(key));
      assert.ok(cookies.length > 0);
      for (const cookie of cookies) {
        assert.equal(cookie.httpOnly, true);
        assert.equal(cookie.sameSite, 'lax');
        assert.doesNotMatch(Buffer.from(cookie.value, 'base64url').toString('latin1'), /alice|eyJhbGciOiJSUzI1NiI/);
      }
    } finally {
      await app.stop();
    }
  });
});

describe('a provider that keeps the ID token small', () => {
  it('has the profile completed from UserInfo, once, at login', async () => {
    const app = await startApp({ provider: { profileInIdToken: false } });
    try {
      const client = createHttpClient();
      await signIn(client, `${app.url}/login`);
      await app.stopProvider();
      const { user } = (await (await client.get(`${app.url}/profile`, JSON_ONLY)).json()) as {
        user: Record<string, unknown>;
      };
      assert.equal(user['name'], 'Alice Adams');
      assert.equal(user['email'], 'alice@example.com');
    } finally {
      await app.stop();
    }
  });
});

describe('with the provider away', () => {
  it('answers the login with 503 and Retry-After, and recovers by itself', async () => {
    const app = await startApp();
    try {
      await app.stopProvider();
      const response = await createHttpClient().get(`${app.url}/login`);
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get('retry-after')) > 0);
      assert.match(await response.text(), /PROVIDER_UNAVAILABLE/);
      assert.equal((await createHttpClient().get(`${app.url}/`)).status, 200);
      await app.startProvider();
      assert.equal((await signIn(createHttpClient(), `${app.url}/profile`)).status, 200);
    } finally {
      await app.stop();
    }
  });
});
