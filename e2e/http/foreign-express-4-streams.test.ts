import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ForeignStack, postJson, startExpress4 } from '../support/foreign-stack.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { openStream } from '../support/stream.ts';
import { waitFor } from '../support/wait-for.ts';

describe('an app of Express 4, whose answers take their time,', () => {
  let stack: ForeignStack;
  let url: string;
  before(async () => {
    stack = await startExpress4();
    url = stack.url;
  });
  after(() => stack.stop());

  const post = (client: HttpClient, path: string, body: object = {}) => postJson(client, url + path, body);
  const tell = async (client: HttpClient, text: string) => {
    assert.equal((await post(client, '/live/news', { text })).status, 204);
  };
  const listeners = async () => (await (await fetch(`${url}/live/listeners`)).json()) as number;
  it('sends events at once, up to a clean end', async () => {
    const alice = await stack.signedIn();
    const events = await openStream(alice, url + '/live/events');
    assert.equal(events.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(events.response.headers.get('cache-control'), 'no-cache, no-transform');
    // Nothing follows that could push it out of a buffer.
    await events.says(/^data: hello Alice Adams\n\n$/);

    await tell(alice, 'more');
    await events.says(/\n\ndata: more\n\n$/);
    await post(alice, '/live/end');
    await events.ended;
    await waitFor('nobody listening', async () => (await listeners()) === 0);
    assert.doesNotMatch(stack.app.output(), /^(warn|error) /m);
  });

  it('hears of a listener who leaves', async () => {
    const alice = await stack.signedIn();
    const events = await openStream(alice, url + '/live/events');
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
    const rows = await openStream(alice, url + '/live/rows');
    assert.equal(rows.response.headers.get('content-encoding'), 'gzip');
    await rows.says(/^row\n$/);
    await tell(alice, 'x'.repeat(100));
    await rows.ended;
    const lines = rows.text().split('\n');
    assert.deepEqual([lines.length, lines.at(-1), lines.at(-2)?.slice(0, 8)], [20_002, '', '20000 xx']);
  });

  it('cuts an answer that fails in the middle, so that nobody takes it for whole, and lives on', async () => {
    const alice = await stack.signedIn();
    const rows = await openStream(alice, url + '/live/rows');
    await rows.says(/^row\n$/);
    await tell(alice, 'broken');
    await assert.rejects(rows.ended);
    assert.equal(rows.text(), 'row\n');
    assert.match(stack.app.output(), /^error INTERNAL_ERROR.*the table broke in the middle/m);
    assert.equal((await alice.get(`${url}/account`)).status, 200);
  });
});
