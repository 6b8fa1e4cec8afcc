import assert from 'node:assert/strict';
import dns from 'node:dns';
import { describe, it, type TestContext } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient } from '../../../e2e/support/http-client.ts';
import { signIn } from '../../../e2e/support/sign-in.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { assertUnavailable, openRedis } from '../../../e2e/support/redis-client.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { startSilentProxy } from '../../../e2e/support/silent-proxy.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const SCRIPT = "return redis.call('SET', KEYS[1], ARGV[1])";

/** Starts a master, its replica, and a client whose address leads to the master, after a failover to the replica. */
async function startPair(t: TestContext) {
  const master = await startRedis();
  const replica = await startRedis({ options: ['--replicaof', `127.0.0.1 ${master.port}`] });
  const proxy = await startSilentProxy(master.port);
  t.after(() => Promise.all([proxy.stop(), master.stop(), replica.stop()]));
  await waitFor('replication', () => redisCli(replica.port, 'INFO', 'replication').includes('master_link_status:up'));
  const opened = openRedis(t, `redis://127.0.0.1:${proxy.port}`);
  await opened.connected();
  const failOver = () => {
    redisCli(replica.port, 'REPLICAOF', 'NO', 'ONE');
    redisCli(master.port, 'REPLICAOF', '127.0.0.1', String(replica.port));
    proxy.leadTo(replica.port);
  };
  return { master, replica, proxy, failOver, ...opened };
}

describe('a failover behind one name, while the old master lives on as a replica', () => {
  it('costs no write, of a command or a script', async (t) => {
    const { client, replica, proxy, failOver, lines } = await startPair(t);
    await client.set('before', 'it');
    failOver();
    const script = client.eval(SCRIPT, { keys: ['script'], arguments: ['1'] });
    const writes = ['a', 'b', 'c'].map((key) => client.set(key, '1'));
    assert.deepEqual(await Promise.all([script, ...writes]), ['OK', 'OK', 'OK', 'OK']);
    assert.equal(await client.get('before'), 'it');
    assert.equal(redisCli(replica.port, 'EXISTS', 'a', 'b', 'c', 'script').trim(), '4');
    assert.equal(proxy.connections(), 2);
    assert.deepEqual(lines, ['redis was read-only: another connection leads to one that is not']);
  });

  it('heals also where the name follows later, and disturbs no reads until then', async (t) => {
    const { client, master, replica, proxy, failOver } = await startPair(t);
    failOver();
    proxy.leadTo(master.port);
    await assertUnavailable(() => client.set('key', '1'), 'READONLY');
    assert.equal(await client.get('key'), null);
    proxy.leadTo(replica.port);
    await waitFor('a write', () => client.set('key', '1'), 3000);
  });

  it('lets people sign in, refresh and sign out at once', async (t) => {
    const { proxy, failOver } = await startPair(t);
    const app = await startApp({
      env: { REDIS_URL: `redis://127.0.0.1:${proxy.port}`, AUTH0_AUDIENCE: 'https://api.gatehouse.test' },
    });
    const api = await app.startApi();
    t.after(() => Promise.all([api.stop(), app.stop()]));
    const browser = createHttpClient();
    await signIn(browser, `${app.url}/login`);
    failOver();
    const headers = { 'sec-fetch-site': 'same-origin' };
    const refresh = await browser.send(`${app.url}/api-call/refresh`, { method: 'POST', headers });
    assert.ok(refresh.status < 400, String(refresh.status));
    assert.equal((await signIn(createHttpClient(), `${app.url}/profile`, 'bob')).status, 200);
    assert.equal((await browser.get(`${app.url}/logout`)).status, 302);
    assert.equal((await browser.get(`${app.url}/profile`, { accept: 'application/json' })).status, 401);
  });
});

it('a name that leads elsewhere is followed, though the old Redis still answers', async (t) => {
  const old = await startRedis();
  const next = await startRedis({ port: old.port, options: ['--bind', '127.0.0.2'] });
  t.after(() => Promise.all([old.stop(), next.stop()]));
  let address = '127.0.0.1';
  const { lookup } = dns;
  const answer = (options: dns.LookupOptions) => (options.all ? [{ address, family: 4 }] : { address, family: 4 });
  t.mock.method(dns.promises, 'lookup', async (_name: string, options: dns.LookupOptions) => answer(options));
  t.mock.method(dns, 'lookup', (name: string, options: dns.LookupOptions, done: (...found: unknown[]) => void) => {
    if (name !== 'redis.test') return lookup(name, options, done as never);
    return options.all ? done(null, answer(options)) : done(null, address, 4);
  });
  const { client, connected } = openRedis(t, `redis://redis.test:${old.port}`);
  await connected();
  await client.set('where', 'old');
  address = '127.0.0.2';
  await waitFor('the other one', async () => (await client.get('where')) === null, 8000);
});
