import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createGate } from '../../../e2e/support/provider-faults.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { openRedis, openRedisServer } from '../../../e2e/support/redis-client.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { withLease } from './lease.ts';

const LEASE_MS = 400;
const KEY = 'test:lease';

it('only one works at a time, also from several processes', async (t) => {
  const { client, server } = await openRedisServer(t);
  const other = openRedis(t, server.url);
  await other.connected();
  let working = 0;
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      withLease(
        n % 2 === 0 ? client : other.client,
        KEY,
        async (isHeld) => {
          working += 1;
          assert.equal(working, 1);
          await setTimeout(5);
          working -= 1;
          return isHeld() ? n : -1;
        },
        10 * LEASE_MS,
      ),
    ),
  );
  assert.deepEqual(
    results,
    Array.from({ length: 12 }, (_, n) => n),
  );
});

it('work that takes longer than the lease keeps it', async (t) => {
  const { client } = await openRedisServer(t);
  const gate = createGate();
  const order: string[] = [];
  const slow = withLease(client, KEY, () => gate.opened.then(() => order.push('slow')), LEASE_MS);
  await waitFor('the lease', async () => (await client.get(KEY)) !== null);
  const next = withLease(client, KEY, async () => order.push('next'), 20 * LEASE_MS);
  await setTimeout(3 * LEASE_MS); // this test is about the time itself
  assert.deepEqual(order, []);
  gate.open();
  await Promise.all([slow, next]);
  assert.deepEqual(order, ['slow', 'next']);
});

it('what a dead holder leaves behind passes by itself', async (t) => {
  const { client } = await openRedisServer(t);
  await client.set(KEY, 'a process that was killed', { expiration: { type: 'PX', value: LEASE_MS } });
  assert.equal(await withLease(client, KEY, async () => 'mine', LEASE_MS), 'mine');
});

it('a holder that lost its lease learns so, and does not release that of another', async (t) => {
  const { client } = await openRedisServer(t);
  const wasHeld = await withLease(
    client,
    KEY,
    async (isHeld) => {
      assert.equal(isHeld(), true);
      await client.set(KEY, 'another');
      await waitFor('noticing', () => !isHeld());
      return isHeld();
    },
    LEASE_MS,
  );
  assert.equal(wasHeld, false);
  assert.equal(await client.get(KEY), 'another');
});

it('an outage of Redis in the middle of the work does not end it; before it, nothing is done', async (t) => {
  const { client, server } = await openRedisServer(t);
  const done = await withLease(client, KEY, async () => {
    await server.kill();
    return 'done';
  });
  assert.equal(done, 'done');
  await assert.rejects(
    withLease(client, KEY, async () => assert.fail('worked without a lease')),
    SessionStoreUnavailableError,
  );
});

it('a lease that ran out while Redis settled is not taken for held', async (t) => {
  const { client, server, connected, lines } = await openRedisServer(t);
  await server.kill();
  await waitFor('the log line', () => lines.length > 0);
  const again = await startRedis({ port: server.port });
  t.after(() => again.stop());
  await connected();
  assert.equal(await withLease(client, KEY, async (isHeld) => isHeld(), LEASE_MS), false);
});
