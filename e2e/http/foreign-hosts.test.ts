import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProviderPage } from '../pages/provider-page.ts';
import { launchChromium } from '../support/find-tools.ts';
import { FOREIGN_HOSTS } from '../support/foreign-hosts.ts';
import { type ForeignStack, ON_DISK } from '../support/foreign-stack.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { startRedis } from '../support/redis.ts';
import { callbackUrlOf } from '../support/sign-in.ts';
import { openStream } from '../support/stream.ts';
import { waitFor } from '../support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
/** The door waits half a second for a Redis that hangs, and not at all for one that is gone. */
const WITHIN_MS = { hangs: 1000, gone: 400 };

/** What the door gives every app, whatever its Express, its parsers and its own errors are. */
for (const host of FOREIGN_HOSTS) {
  describe(`an app of ${host.name},`, () => {
    let stack: ForeignStack;
    let url: string;
    before(async () => {
      stack = await host.start();
      url = stack.url;
    });
    after(() => stack.stop());

    const statusAt = async (client: HttpClient, path = host.account) => (await client.get(url + path)).status;
    const codeAt = async (client: HttpClient, path: string) => {
      const answer = await client.get(url + path, JSON_ONLY);
      return [answer.status, ((await answer.json()) as { error: string }).error];
    };
    const assertInOwnLook = async (page: Response, status: number, says = /./) => {
      const text = await page.text();
      assert.equal(page.status, status, text);
      assert.match(text, new RegExp(`look-of-the-host.*<h1>${status}`, 's'));
      assert.match(text, says);
      assert.equal(page.headers.get('cache-control'), 'no-store');
      assert.equal(page.headers.get('x-frame-options'), 'SAMEORIGIN', 'helmet');
    };

    it('signs people in in a browser, at the page that they asked for, and out', async (t) => {
      const browser = await launchChromium();
      t.after(() => browser.close());
      const page = await browser.newPage();
      await page.goto(`${url}${host.account}?tab=7&b=%26`);
      await new ProviderPage(page).signIn({ username: 'alice', password: 'password' });
      await page.getByText('Alice Adams').first().waitFor();
      assert.equal(page.url(), `${url}${host.account}?tab=7&b=%26`);
      await page.goto(url + host.refused[0]);
      await page.getByRole('heading', { name: /^403/ }).waitFor();
      await page.goto(url + host.logout);
      await page.waitForURL(`${url}/`);
      await page.goto(url + host.account);
      await new ProviderPage(page).username.waitFor();
    });

    it('refuses who breaks a rule, in its own look, and as JSON', async () => {
      const alice = await stack.signedIn();
      const [path, missing] = host.refused;
      await assertInOwnLook(await alice.get(url + path), 403, missing);
      assert.deepEqual(await codeAt(alice, path), [403, 'PERMISSION_MISSING']);
    });

    it('writes every login down, and refuses one account', async () => {
      await stack.signedIn('alice');
      const before = await host.logins(stack);
      await stack.signedIn('carol');
      const rows = await host.logins(stack);
      assert.deepEqual(rows, [...before, 'local|carol,Carol Admin']);
      const bob = createHttpClient();
      const callback = await bob.get(await callbackUrlOf(bob, url + host.account, 'bob'));
      await assertInOwnLook(callback, 403, host.refusal);
      assert.deepEqual(await codeAt(bob, host.account), [401, 'LOGIN_REQUIRED']);
      assert.deepEqual(await host.logins(stack), rows);
    });

    it('goes on with a stream of events over a renewal of tokens by another request', async () => {
      const alice = await stack.signedIn();
      const before = stack.app.output().length;
      const events = await openStream(alice, url + host.events);
      await events.says(/^data: .*Alice Adams\n\n/);
      assert.match(events.response.headers.get('content-type') ?? '', /^text\/event-stream/);
      const [was, is] = await host.renew(alice, url);
      assert.ok(was && is && was !== is);
      const { length } = events.text();
      await host.stir(alice, url);
      await waitFor('an event after the renewal', () => events.text().length > length, 5000);
      events.leave();
      assert.doesNotMatch(stack.app.output().slice(before), /^(warn|error) /m);
    });

    it('loses none of fifty saves at once by two processes', async () => {
      const other = await stack.startAnother();
      const alice = await stack.signedIn();
      const begun = await host.saved(alice, url);
      const fields = Array.from({ length: 50 }, (_, n) => `field${n}`);
      const saves = fields.map((field, n) => host.save(alice, n % 2 ? url : other.url, field, `value ${n}`));
      for (const { status } of await Promise.all(saves)) assert.ok(status < 400, String(status));
      const expected = { ...begun, ...Object.fromEntries(fields.map((field, n) => [field, `value ${n}`])) };
      for (const at of [url, other.url]) assert.deepEqual(await host.saved(alice, at), expected);
    });

    it('signs a user out everywhere, which each browser is told once, and nobody else', async () => {
      const alice = await stack.signedIn();
      const browsers = [await stack.signedIn('carol'), await stack.signedIn('carol')];
      await host.endSessions(stack, 'local|carol');
      for (const browser of browsers) {
        await assertInOwnLook(await browser.get(url + host.account), 401);
        assert.equal(await statusAt(browser), 302);
      }
      assert.equal(await statusAt(alice), 200);
    });

    describe('while Redis is away,', () => {
      const timed = async (client: HttpClient, path: string, state: keyof typeof WITHIN_MS, headers = {}) => {
        const begun = performance.now();
        const response = await client.get(url + path, headers);
        const copy = response.clone();
        await copy.text();
        const ms = performance.now() - begun;
        assert.ok(ms < WITHIN_MS[state], `${path} took ${ms} ms`);
        return response;
      };
      /** What is behind the login says that Redis is away, in the host app's look; what is public works. */
      const assertAway = async (client: HttpClient, state: keyof typeof WITHIN_MS) => {
        const { account, refused, events, logout, behindTheDoor } = host;
        for (const path of [account, refused[0], events, logout, ...behindTheDoor]) {
          const answer = await timed(client, path, state);
          assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, path);
          assert.deepEqual(
            answer.headers.getSetCookie().filter((line) => !line.startsWith('host.')),
            [],
            path,
          );
          await assertInOwnLook(answer, 503);
        }
        assert.deepEqual(await codeAt(client, account), [503, 'SESSION_STORE_UNAVAILABLE']);
        for (const [path, says] of Object.entries(host.public)) {
          const answer = await timed(client, path, state);
          assert.equal(answer.status, 200, path);
          assert.match(await answer.text(), says);
        }
      };
      /** Asserts that somebody has everything back: they are signed in, with their own data. */
      const assertAllThere = async (client: HttpClient) => {
        await waitFor('the session again', async () => (await statusAt(client)) === 200);
        assert.equal((await host.saved(client, url))['kept'], 'over the outage');
      };
      const whoStays = async () => {
        const alice = await stack.signedIn();
        await host.save(alice, url, 'kept', 'over the outage');
        return alice;
      };

      it('answers 503 at once while it hangs; sessions and streams are there again afterwards', async () => {
        const alice = await whoStays();
        const events = await openStream(alice, url + host.events);
        await events.says(/Alice/);
        stack.redis.pause();
        try {
          await assertAway(alice, 'hangs');
        } finally {
          stack.redis.resume();
        }
        await assertAllThere(alice);
        const { length } = events.text();
        await host.stir(alice, url);
        await waitFor('an event afterwards', () => events.text().length > length, 5000);
        events.leave();
      });

      it('answers 503 at once when it is gone; nobody is lost when it comes back', async (t) => {
        const alice = await whoStays();
        const { port, dir } = stack.redis;
        await stack.redis.kill();
        await assertAway(alice, 'gone');
        const next = await startRedis({ port, dir, ...ON_DISK });
        t.after(() => next.stop());
        await assertAllThere(alice);
        await stack.signedIn('carol');
      });
    });
  });
}
