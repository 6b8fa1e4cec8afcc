import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { createGate, dropping, holding } from '../../e2e/support/provider-faults.ts';
import { callbackOfTab, callbackUrlOf } from '../../e2e/support/sign-in.ts';
import { useTokenApp } from '../../e2e/support/use-token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

for (const kind of ['Redis', 'cookie'] as const) {
  describe(`callbacks with ${kind} sessions`, () => {
    const app = useTokenApp(kind);

    const isSignedIn = async (client: HttpClient) => (await client.get(`${app.url}/profile`, JSON_ONLY)).status === 200;

    it('a callback delivered several times at once signs in once, and every delivery ends well', async () => {
      const client = createHttpClient();
      const callback = await callbackOfTab(client, app, '/profile?a=1');
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
        // Whichever answer the browser takes, it is signed in to the same session.
        const session = response.headers.getSetCookie().filter((line) => /^gatehouse[.=]/.test(line));
        const sessionCookies = session.map((line) => line.split(';', 1)[0]).join('; ');
        const profile = await fetch(`${app.url}/profile`, {
          headers: { ...JSON_ONLY, cookie: sessionCookies },
        });
        assert.equal(profile.status, 200);
      }
      assert.equal(new Set(deliveries.map((one) => one.headers.getSetCookie().join())).size, 1);
    });

    it('a callback that fails has no code in its page, whoever is signed in', async () => {
      const client = createHttpClient();
      await client.get(await callbackOfTab(client, app, '/profile'));
      app.faults.reset();
      const callback = new URL(await callbackOfTab(client, app, '/profile?a=1'));
      const code = callback.searchParams.get('code') ?? '';
      for (const path of ['/callback', '/CALLBACK/']) {
        const page = await client.get(`${app.url}${path}${callback.search}`, { 'sec-purpose': 'prefetch' });
        assert.equal(page.status, 425);
        const html = await page.text();
        assert.match(html, /Sign out/);
        assert.ok(code.length > 20 && !html.includes(code));
      }
    });

    it('a callback that is opened again later (back button, reload) leads to its page', async () => {
      const client = createHttpClient();
      const callback = await callbackOfTab(client, app, '/profile?a=1');
      await client.get(callback);
      app.faults.reset();
      const again = await client.get(callback);
      assert.equal(again.headers.get('location'), '/profile?a=1');
      const other = await callbackOfTab(client, app, '/profile?b=2');
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
      await client.get(await callbackOfTab(client, app, '/profile'));
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

    it('a second delivery of a callback that failed does not present its code again', async () => {
      const client = createHttpClient();
      const callback = await callbackOfTab(client, app, '/profile?a=1');
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
      const presented = app.faults.count(TOKEN); // twice: no answer came, so the app tried again on a new connection
      assert.equal((await second).status, 400);
      assert.match(await (await second).text(), /href="\/login\?returnTo=%2Fprofile%3Fa%3D1"/);
      assert.deepEqual([presented, app.faults.count(TOKEN)], [2, 2]);
    });

    it('a browser that gives up on the first delivery gets its answer with the second', async () => {
      const client = createHttpClient();
      const callback = await callbackOfTab(client, app, '/profile?a=1');
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
      // Whoever brings the old cookie again no longer gets a session.
      const late = await fetch(callback, { headers, redirect: 'manual' });
      const cookies = late.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
      const profile = await fetch(`${app.url}/profile`, {
        headers: { ...JSON_ONLY, cookie: cookies.join('; ') },
      });
      assert.equal(profile.status, 401);
    });
  });
}
