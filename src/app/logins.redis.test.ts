import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { callbackOfTab, callbackUrlOf, leadsOnTo } from '../../e2e/support/sign-in.ts';
import { tokenUser } from '../../e2e/support/token-app.ts';
import { useTokenApp } from '../../e2e/support/use-token-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`logins with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

    const isSignedIn = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;

    it('begun in five tabs all finish, in any order, each at its own page', async () => {
      const client = createHttpClient();
      const pages = [1, 2, 3, 4, 5].map((n) => `/profile?tab=${n}`);
      const callbacks: string[] = [];
      for (const page of pages) callbacks.push(await callbackOfTab(client, app, page));
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
      assert.match(line, /^gatehouse_login\.\w+\.[\w-]{22}\.[\w-]{26}=/);
      for (const attribute of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i, /; Max-Age=3600/i]) {
        assert.match(line, attribute);
      }
    });

    it('a dozen tabs that are restored all end where they wanted to', async () => {
      const client = createHttpClient();
      const tabs: URL[] = [];
      for (let tab = 0; tab < 12; tab += 1) {
        const { headers } = await client.get(`${app.url}/profile?tab=${tab}`);
        tabs.push(new URL(headers.get('location') ?? ''));
      }
      // The user signs in on the last tab; the others follow by themselves.
      for (const [n, start] of [...tabs.entries()].reverse()) {
        const page = await client.get(await callbackUrlOf(client, start.href, 'alice'));
        assert.equal(page.headers.get('location'), `/profile?tab=${n}`);
      }
    });

    it('the oldest of more than eight goes, and can be begun again', async () => {
      const client = createHttpClient();
      const callbacks: string[] = [];
      for (let n = 0; n < 10; n += 1) callbacks.push(await callbackOfTab(client, app, `/profile?tab=${n}`));
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

    it('a forged cookie is no login, and whoever is signed in stays so', async () => {
      const { client } = await tokenUser(app);
      const callback = await callbackOfTab(client, app, '/profile?a=1');
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
      const callback = await callbackOfTab(client, app, '/profile?a=1');
      const cookie = `hasOwnProperty=1; __proto__=2; ${await client.jar.getCookieString(app.url)}`;
      const headers = { cookie, 'x-forwarded-port': '443,443', 'x-forwarded-host': 'a b:c' };
      const response = await fetch(callback, { headers, redirect: 'manual' });
      assert.equal(response.headers.get('location'), '/profile?a=1');

      for (const error of ['constructor', '__proto__', 'toString', '<b>']) {
        const url = new URL(await callbackOfTab(createHttpClient(), app, '/profile'));
        const another = createHttpClient();
        const own = new URL(await callbackOfTab(another, app, '/profile?a=1'));
        own.searchParams.delete('code');
        own.searchParams.set('error', error);
        const refused = await another.get(own.href);
        assert.equal(refused.status, 403, error);
        assert.match(await refused.text(), /href="\/login\?returnTo=%2Fprofile%3Fa%3D1&amp;prompt=login"/);
        assert.ok(url.searchParams.has('code'));
      }
      const long = await createHttpClient().get(`${app.url}/login?returnTo=/${'€'.repeat(600)}`);
      assert.ok(long.headers.getSetCookie().join().length < 4096);
    });

    it('a logout with a session cookie that we have not made ends nothing, here or at the provider', async () => {
      const { client } = await tokenUser(app);
      const cookie = await client.jar.getCookieString(app.url);
      const forged = cookie.replace(/(gatehouse(?:\.0)?=[^.;]+\.)(.)/, (_all, start: string, first: string) =>
        start.concat(first === 'A' ? 'B' : 'A'),
      );
      assert.notEqual(forged, cookie);
      const response = await createHttpClient().get(`${app.url}/logout`, { cookie: forged });
      assert.equal(response.status, 302);
      assert.doesNotMatch(response.headers.get('location') ?? '', /id_token_hint/);
      assert.equal(await isSignedIn(client), true);
      assert.deepEqual(app.events, []);
    });

    it('asked for by another site, a logout is confirmed first', async () => {
      const { client } = await tokenUser(app);
      const crossSite = { 'sec-fetch-site': 'cross-site' };
      const sibling = await client.get(`${app.url}/logout`, { 'sec-fetch-site': 'same-site' });
      assert.match(await sibling.text(), /<h1>Sign out\?<\/h1>/);
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
      assert.equal((await leadsOnTo(confirmed)).origin, app.providerUrl);
      assert.equal(await isSignedIn(client), false);
    });
  });
}
