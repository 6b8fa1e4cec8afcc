import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { clusterPorts, freePorts } from '../../../e2e/support/ports.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { assertUnavailable, openRedis, openRedisServer } from '../../../e2e/support/redis-client.ts';
import { redisCli, startRedisCluster, startRedisNode } from '../../../e2e/support/redis-cluster.ts';
import { startSilentProxy } from '../../../e2e/support/silent-proxy.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

describe('the Redis client', () => {
  it('starts before Redis, fails at once until it is there, and says so once', async (t) => {
    const [port = 0] = await freePorts(1);
    const { client, lines, connected } = openRedis(t, `redis://127.0.0.1:${port}`);
    await waitFor('the log line', () => lines.length > 0);
    await assertUnavailable(() => client.get('key'), 'NOT_CONNECTED', 50);
    const server = await startRedis({ port });
    t.after(() => server.stop());
    await connected();
    await waitFor('the log line', () => lines.length > 1);
    assert.deepEqual(lines, ['redis is away', 'redis is back']);
  });

  it('comes back by itself when Redis was killed, however often it had to try', async (t) => {
    const { server, client, lines, connected } = await openRedisServer(t);
    await server.kill();
    let tries = 0;
    const refusing = createServer((socket) => {
      tries += 1;
      socket.destroy();
    }).listen(server.port, '127.0.0.1');
    await waitFor('several tries', () => tries >= 6);
    await assertUnavailable(() => client.set('key', 'value'), 'NOT_CONNECTED', 50);
    await once(refusing.close(), 'close');
    const again = await startRedis({ port: server.port });
    t.after(() => again.stop());
    await connected();
    await waitFor('the log line', () => lines.length > 1);
    assert.deepEqual(lines, ['redis is away', 'redis is back']);
  });

  it('is settled a while after Redis is back, when every process has found it again', async (t) => {
    const { server, client, lines, connected } = await openRedisServer(t);
    await client.settled(); // nothing to wait for
    await server.kill();
    await waitFor('the log line', () => lines.length > 0);
    const again = await startRedis({ port: server.port });
    t.after(() => again.stop());
    await connected();
    const connectedAt = performance.now();
    let isSettled = false;
    const settled = client.settled().then(() => (isSettled = true));
    await client.get('key');
    assert.equal(isSettled, false);
    await settled;
    // That is longer than the longest pause between two attempts to connect.
    assert.ok(performance.now() - connectedAt > 1000);
  });

  it('is not waited for through an outage', async (t) => {
    const { server, client, lines } = await openRedisServer(t);
    await server.kill();
    await waitFor('the log line', () => lines.length > 0);
    await assertUnavailable(() => client.settled(), 'NOT_CONNECTED');
  });

  it('bounds every call while Redis hangs, and goes on when it is over', async (t) => {
    const { server, client, lines, connected } = await openRedisServer(t);
    server.pause();
    await assertUnavailable(() => client.get('key'), 'NO_ANSWER');
    await assertUnavailable(() => client.set('key', 'value'), 'NO_ANSWER');
    await waitFor('the log line', () => lines.length > 0);
    await assertUnavailable(() => client.get('key'), ['NO_ANSWER', 'NOT_CONNECTED']);
    server.resume();
    await connected();
    await waitFor('the log line', () => lines.length > 1);
    assert.deepEqual(lines, ['redis is away', 'redis is back']);
  });

  for (const traffic of ['idle', 'written to all the time']) {
    it(`replaces a connection that has gone silent (${traffic}), at the cost of no read`, async (t) => {
      const { server } = await openRedisServer(t);
      const proxy = await startSilentProxy(server.port);
      t.after(() => proxy.stop());
      const { client, connected } = openRedis(t, `redis://127.0.0.1:${proxy.port}`);
      await connected();
      const write = () => void client.set('key', 'value').catch(() => undefined);
      const writing = traffic === 'idle' ? undefined : setInterval(write, 20);
      t.after(() => clearInterval(writing));
      proxy.silence();
      const begun = performance.now();
      await Promise.all([client.get('key'), client.zScore('list', 'a'), client.get('another')]);
      assert.ok(performance.now() - begun < 500);
      await client.set('key', 'value');
      assert.equal(proxy.connections(), 2);
    });
  }

  it('lets a write fail that may have been carried out, and no second one', async (t) => {
    const { server } = await openRedisServer(t);
    const proxy = await startSilentProxy(server.port);
    t.after(() => proxy.stop());
    const { client, connected } = openRedis(t, `redis://127.0.0.1:${proxy.port}`);
    await connected();
    proxy.silence();
    await assertUnavailable(() => client.set('key', 'value'), 'NO_ANSWER');
    await client.get('key');
    await client.set('key', 'value');
  });

  it('pings every node of a cluster, in a process that has nothing else to do, too', async (t) => {
    const cluster = await startRedisCluster();
    t.after(() => cluster.stop());
    const ports = cluster.url
      .replace(/^.*\//, '')
      .split(',')
      .map((host) => Number(host.split(':')[1]));
    const pings = () =>
      ports.map((port) => Number(/cmdstat_ping:calls=(\d+)/.exec(redisCli(port, 'INFO', 'commandstats'))?.[1] ?? 0));
    for (const isUnref of [false, true]) {
      const { client, connected } = openRedis(t, cluster.url, { pingMs: 200, isUnref });
      await connected();
      for (let n = 0; n < 30; n += 1) await client.get(`key ${n}`);
      const before = pings();
      await waitFor('pings of each', () => pings().every((count, n) => count > (before[n] ?? 0) + 1), 5000);
      client.destroy();
    }
  });

  it('pings while nobody asks anything, and so finds a connection that has gone silent', async (t) => {
    for (const isUnref of [false, true]) {
      const { server } = await openRedisServer(t);
      const proxy = await startSilentProxy(server.port);
      t.after(() => proxy.stop());
      const { lines, connected } = openRedis(t, `redis://127.0.0.1:${proxy.port}`, { pingMs: 300, isUnref });
      await connected();
      const pings = () => {
        const stats = redisCli(server.port, 'INFO', 'commandstats');
        return (
          Number(/cmdstat_ping:calls=(\d+)/.exec(stats)?.[1] ?? 0) + Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1])
        );
      };
      const before = pings();
      await waitFor('pings', () => pings() > before + 3);
      assert.equal(proxy.connections(), 1);
      proxy.silence();
      await waitFor('another connection', () => proxy.connections() > 1, 3000);
      await waitFor('the log lines', () => lines.length === 2);
      assert.deepEqual(lines, ['redis is away', 'redis is back']);
    }
  });

  it('tells by name what Redis does not do: full, read-only', async (t) => {
    const { server, client } = await openRedisServer(t);
    redisCli(server.port, 'CONFIG', 'SET', 'maxmemory', '1');
    await assertUnavailable(() => client.set('key', 'value'), 'OOM');
    assert.equal(await client.get('key'), null);
    redisCli(server.port, 'CONFIG', 'SET', 'maxmemory', '0');
    redisCli(server.port, 'REPLICAOF', '127.0.0.1', '1');
    await assertUnavailable(() => client.set('key', 'value'), 'READONLY');
    redisCli(server.port, 'REPLICAOF', 'NO', 'ONE');
    assert.equal(await client.set('key', 'value'), 'OK');
  });

  it('is not blamed for a stall of this very process', async (t) => {
    const { client } = await openRedisServer(t);
    const answer = client.get('key');
    setImmediate(() => {
      const end = performance.now() + 700;
      while (performance.now() < end); // beyond the deadline, with the answer waiting to be read
    });
    assert.equal(await answer, null);
  });

  it('ends when it is told to, connected or not', async (t) => {
    const { client } = await openRedisServer(t);
    client.destroy();
    await assertUnavailable(() => client.get('key'), 'NOT_CONNECTED', 50);
    const { client: other, lines } = openRedis(t, 'redis://127.0.0.1:1');
    await waitFor('the log line', () => lines.length > 0);
    other.destroy();
    other.destroy();
  });

  for (const scheme of ['redis', 'redis+cluster']) {
    it(`leaves no connection behind where it is told to end while it connects (${scheme}://)`, async (t) => {
      const [port = 0] = await clusterPorts(1);
      const server = await startRedisNode(port, scheme === 'redis' ? [] : ['--cluster-enabled', 'yes']);
      t.after(() => server.remove());
      if (scheme !== 'redis') redisCli(port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      const open = () => Number(/connected_clients:(\d+)/.exec(redisCli(port, 'INFO', 'clients'))?.[1]);
      // Stops a client at every stage, from before its first turn until it is connected.
      for (let turns = 0; turns < 12; turns += 1) {
        const { client } = openRedis(t, `${scheme}://127.0.0.1:${port}`);
        for (let turn = 0; turn < turns; turn += 1) await nextTurn();
        client.destroy();
      }
      const { client, connected } = openRedis(t, `${scheme}://127.0.0.1:${port}`);
      await connected();
      client.destroy();
      await waitFor('the end of all but redis-cli’s', () => open() === 1, 3000);
    });
  }
});
