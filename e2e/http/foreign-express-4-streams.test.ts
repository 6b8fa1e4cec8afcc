import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ForeignStack, postJson, startForeignStack } from '../support/foreign-stack.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { startRedis } from '../support/redis.ts';
import { signIn } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };
/** The door waits half a second for a Redis that hangs, and not at all for one that is gone. */
const WITHIN_MS = { hangs: 1000, gone: 400 };

describe('an app of Express 4, whose answers take their time,', () => {
  let stack: ForeignStack;
  let url: string;
  before(async () => {
    stack = await startForeignStack('e2e/foreign/express-4');
    url = stack.url;
  });
  after(() => stack.stop());

  const post = (client: HttpClient, path: string, body: object = {}) => postJson(client, url + path, body);
  const tell = async (client: HttpClient, text: string) => {
    assert.equal((await post(client, '/live/news', { text })).status, 204);
  };
  const listeners = async () => (await (await fetch(`${url}/live/listeners`)).json()) as number;
  const tokenOf = async (client: HttpClient, path: string) =>
    ((await (await client.get(url + path, JSON_ONLY)).json()) as { token: string }).token;

  /** Reads an answer as it comes. `ended` rejects where it is cut. */
  const open = async (client: HttpClient, path: string) => {
    const leave = new AbortController();
    const response = await client.send(url + path, { signal: leave.signal });
    let text = '';
    const read = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
    };
    const ended = read();
    ended.catch(() => undefined);
    const says = (expected: RegExp) => waitFor(String(expected), () => expected.test(text), 5000);
    return { response, says, ended, text: () => text, leave: () => leave.abort() };
  };

  it('sends events at once, over a renewal of tokens by another request, up to a clean end', async () => {
    const alice = await stack.signedIn();
    const events = await open(alice, '/live/events');
    assert.equal(events.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(events.response.headers.get('cache-control'), 'no-cache, no-transform');
    // Nothing follows that could push it out.
    await events.says(/^data: hello Alice Adams\n\n$/);

    const before = await tokenOf(alice, '/token');
    const renewed = await tokenOf(alice, '/token?renew');
    assert.ok(before && renewed && before !== renewed);
    await tell(alice, 'after the renewal');
    await events.says(/\n\ndata: after the renewal\n\n$/);

    await post(alice, '/live/end');
    await events.ended;
    await waitFor('nobody listening', async () => (await listeners()) === 0);
    assert.doesNotMatch(stack.app.output(), /^(warn|error) /m);
  });

  it('hears of a listener who leaves', async () => {
    const alice = await stack.signedIn();
    const events = await open(alice, '/live/events');
    await events.says(/hello/);
    assert.equal(await listeners(), 1);
    events.leave();
    await waitFor('nobody listening', async () => (await listeners()) === 0);
  });

  it('has no stream for nobody: 401 for a script, the login for a page', async () => {
    const nobody = createHttpClient();
    const script = { accept: 'text/event-stream', 'sec-fetch-dest': 'empty' };
    const refused = await nobody.get(`${url}/live/events`, script);
    assert.equal(refused.status, 401);
    assert.equal(((await refused.json()) as { error: string }).error, 'LOGIN_REQUIRED');
    assert.equal((await nobody.get(`${url}/live/rows`)).status, 302);
    assert.equal(await listeners(), 0);
  });

  it('streams a long answer in gzip, its first row at once, and all of it', async () => {
    const alice = await stack.signedIn();
    const rows = await open(alice, '/live/rows');
    assert.equal(rows.response.headers.get('content-encoding'), 'gzip');
    await rows.says(/^row\n$/);
    await tell(alice, 'x'.repeat(100));
    await rows.ended;
    const lines = rows.text().split('\n');
    assert.deepEqual([lines.length, lines.at(-1), lines.at(-2)?.slice(0, 8)], [20_002, '', '20000 xx']);
  });

  it('cuts an answer that fails in the middle, so that nobody takes it for whole, and lives on', async () => {
    const alice = await stack.signedIn();
    const rows = await open(alice, '/live/rows');
    await rows.says(/^row\n$/);
    await tell(alice, 'broken');
    await assert.rejects(rows.ended);
    assert.equal(rows.text(), 'row\n');
    assert.match(stack.app.output(), /^error INTERNAL_ERROR.*the table broke in the middle/m);
    assert.equal((await alice.get(`${url}/account`)).status, 200);
  });

  describe('while Redis is away,', () => {
    const timed = async (client: HttpClient, path: string, state: keyof typeof WITHIN_MS, headers = {}) => {
      const begun = performance.now();
      const response = await client.get(url + path, headers);
      const text = await response.text();
      const ms = performance.now() - begun;
      assert.ok(ms < WITHIN_MS[state], `${path} took ${ms} ms`);
      return { response, text };
    };
    /** What is behind the login says so, in the host's look; what is public works, and so does the host's own session. */
    const assertAway = async (client: HttpClient, state: keyof typeof WITHIN_MS) => {
      for (const path of ['/account', '/staff', '/sub/page', '/live/events', '/login', '/logout']) {
        const { response, text } = await timed(client, path, state);
        assert.equal(response.status, 503, path);
        assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/, path);
        assert.match(text, /look-of-the-host.*<h1>503 SESSION_STORE_UNAVAILABLE/s, path);
      }
      const { response, text } = await timed(client, '/account', state, JSON_ONLY);
      assert.deepEqual(
        [response.status, (JSON.parse(text) as { error: string }).error],
        [503, 'SESSION_STORE_UNAVAILABLE'],
      );
      const home = await timed(client, '/', state);
      assert.deepEqual([home.response.status, /<h1>nobody</.test(home.text)], [200, true]);
      assert.match((await timed(client, '/by-hand', state)).text, /^by hand for unknown$/);
    };
    const isBack = async (client: HttpClient) => (await client.get(`${url}/account`)).status === 200;

    it('answers 503 at once while it hangs; sessions and streams are there again afterwards', async () => {
      const alice = await stack.signedIn();
      await alice.get(`${url}/visits`);
      const events = await open(alice, '/live/events');
      await events.says(/hello/);
      stack.redis.pause();
      try {
        await assertAway(alice, 'hangs');
        assert.deepEqual(JSON.parse((await timed(alice, '/visits', 'hangs')).text), { visits: 2 });
      } finally {
        stack.redis.resume();
      }
      await waitFor('the session again', () => isBack(alice));
      await tell(alice, 'back again');
      await events.says(/\n\ndata: back again\n\n$/);
      events.leave();
    });

    it('answers 503 at once when it is gone, and signs in again once there is a new one', async (t) => {
      const alice = await stack.signedIn();
      await stack.redis.kill();
      await assertAway(alice, 'gone');
      const next = await startRedis({ port: stack.redis.port });
      t.after(() => next.stop());
      await waitFor('the door again', async () => (await alice.get(`${url}/account`)).status !== 503);
      const page = await signIn(alice, `${url}/account?tab=3`);
      assert.deepEqual([page.status, page.url], [200, `${url}/account?tab=3`]);
    });
  });
});
