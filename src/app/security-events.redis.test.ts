import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { deliver, tokensOf } from '../../e2e/support/logout-tokens.ts';
import { answering, rewriting } from '../../e2e/support/provider-faults.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { redisCli } from '../../e2e/support/redis-cluster.ts';
import { callbackUrlOf, signedInAs, signIn } from '../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import type { Logger } from '../gatehouse/index.ts';
import { SECURITY_EVENTS } from '../gatehouse/platform/events.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACED = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Her `sub` at the local provider. */
const ALICE = 'local|alice';

type Line = Readonly<Record<string, unknown>>;
const lines: Line[] = [];
const seen = new Set<unknown>();
const write = (about: object, msg: string) => {
  lines.push({ ...about, msg });
  if ('event' in about) seen.add(about.event);
};
const log: Logger = { debug: write, info: write, warn: write, error: write };
const eventsOf = (name: string) => lines.filter(({ event }) => event === name);

/** Waits for an event's line, and checks that there is only one. */
async function line(name: string): Promise<Line> {
  await waitFor(name, () => eventsOf(name).length > 0);
  const [only = {}, ...more] = eventsOf(name);
  assert.deepEqual(more, []);
  return only;
}

describe('security events', () => {
  let app: TokenApp;
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url, SESSIONS_PER_USER: '3', RATE_LIMIT_PER_MINUTE: '5', TRUST_PROXY: '1' };
    app = await startTokenApp(env, { log });
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });
  beforeEach(async () => {
    app.faults.reset();
    await app.door.endSessions({ sub: ALICE });
    lines.length = 0;
  });

  it('of a login, the next one and a logout have the request, its trace, the session and the user', async () => {
    const client = createHttpClient(TRACED);
    await signIn(client, `${app.url}/login`);
    const first = await line('session.created');
    assert.match(String(first['request_id']), UUID);
    assert.match(String(first['session']), /^[\w-]{12}$/);
    assert.deepEqual([first['trace_id'], first['sub'], first['msg']], [TRACE, ALICE, 'signed in']);

    lines.length = 0;
    await signIn(client, `${app.url}/login`);
    const [ended, second] = [await line('session.ended'), await line('session.created')];
    assert.deepEqual([ended['by'], ended['session'], ended['sub']], ['login', first['session'], ALICE]);
    assert.notEqual(second['session'], first['session']);

    lines.length = 0;
    await client.get(`${app.url}/logout`);
    const left = await line('session.ended');
    assert.deepEqual([left['by'], left['session'], left['trace_id']], ['user', second['session'], TRACE]);
    assert.equal((await line('token.revoked'))['session'], second['session']);
  });

  it('call a session by the same name as all other lines, and neither its cookie nor its keys in Redis', async () => {
    const client = await signedInAs(app);
    const { session } = await line('session.created');
    assert.ok(typeof session === 'string');
    await client.get(`${app.url}/nowhere`);
    const [told] = lines.filter(({ msg }) => String(msg).startsWith('NOT_FOUND'));
    assert.equal(told?.['session'], session);
    // For half a minute, the keys of the login's callback contain that name, too.
    const keys = redisCli(redis.port, 'KEYS', '*').replace(/^gatehouse:callback.*$/gm, '');
    assert.match(keys, /gatehouse:session:/);
    const cookies = await client.jar.getCookieString(app.url);
    for (const text of [keys, cookies]) assert.ok(!text.includes(session), text);
  });

  it('tell who has signed somebody out from elsewhere, and how many', async () => {
    const [here] = [await signedInAs(app), await signedInAs(app), await signedInAs(app)];
    lines.length = 0;
    await here.postForm(`${app.url}/sessions/revoke-others`, {});
    const byUser = await line('session.revoked');
    assert.deepEqual([byUser['by'], byUser['count'], byUser['sub']], ['user', 2, ALICE]);
    assert.ok(byUser['session'] && byUser['request_id']);

    lines.length = 0;
    for (let n = 0; n < 3; n += 1) await signedInAs(app);
    const byLimit = await line('session.revoked');
    assert.deepEqual([byLimit['by'], byLimit['count'], byLimit['sub']], ['limit', 1, ALICE]);

    lines.length = 0;
    await app.door.endSessions({ sub: ALICE });
    const byOperator = await line('session.revoked');
    assert.deepEqual([byOperator['by'], byOperator['count'], byOperator['sub']], ['operator', 3, ALICE]);

    lines.length = 0;
    await signedInAs(app);
    const token = await (await tokensOf(app))({ sub: ALICE });
    for (let n = 0; n < 2; n += 1) assert.equal((await deliver(app, token)).status, 204);
    const byProvider = await line('session.revoked');
    assert.deepEqual([byProvider['by'], byProvider['count'], byProvider['sub']], ['backchannel', 1, ALICE]);
    assert.equal((await line('logout_token.replayed'))['sub'], ALICE);
    await deliver(app, 'nonsense');
    assert.match(String((await line('logout_token.refused'))['request_id']), UUID);
  });

  it('tell of a login that fails, by its code, and of a callback that comes twice', async () => {
    await createHttpClient().get(`${app.url}/callback?code=x&state=y`);
    assert.equal((await line('login.failed'))['reason'], 'LOGIN_EXPIRED');
    // A prefetch does not count as a failed login.
    await createHttpClient().get(`${app.url}/login`, { 'sec-purpose': 'prefetch' });
    await line('login.failed');
    const client = createHttpClient();
    const callback = await callbackUrlOf(client, `${app.url}/login`, 'alice');
    await Promise.all([client.get(callback), client.get(callback)]);
    await line('callback.replayed');
    await line('session.created');
  });

  it('tell of a refresh that the provider refuses, and of one that brings somebody else’s ID token', async () => {
    const [refused, changed] = [await tokenUser(app), await tokenUser(app)];
    lines.length = 0;
    app.faults.on('/token', answering(400, { error: 'invalid_grant' }));
    await refused.token('force');
    const ended = await line('session.ended');
    assert.deepEqual([ended['by'], ended['sub']], ['refresh', ALICE]);
    app.faults.reset();
    const payload = Buffer.from(JSON.stringify({ sub: 'local|mallory' })).toString('base64url');
    app.faults.on(
      '/token',
      rewriting((body) => ({ ...body, id_token: String(body['id_token']).replace(/\.[^.]+\./, `.${payload}.`) })),
    );
    await changed.token('force');
    assert.equal((await line('id_token.foreign'))['claim'], 'sub');
  });

  it('tell of whoever comes too often', async () => {
    const address = { 'x-forwarded-for': '203.0.113.1' };
    for (let n = 0; n < 6; n += 1) await createHttpClient().get(`${app.url}/login`, address);
    assert.equal((await line('request.limited'))['limit'], 'address');
    lines.length = 0;
    const user = await tokenUser(app);
    app.faults.on('/token', answering(503, {}));
    for (let n = 0; n < 11; n += 1) await user.token('force');
    const limited = await line('request.limited');
    assert.deepEqual([limited['limit'], limited['sub']], ['renewal', ALICE]);
  });

  it('are those of docs/operations.md, each met above', () => {
    const documented = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)];
    assert.deepEqual(documented.map(([, name]) => name).sort(), Object.keys(SECURITY_EVENTS).sort());
    assert.deepEqual([...seen].sort(), Object.keys(SECURITY_EVENTS).sort());
  });
});
