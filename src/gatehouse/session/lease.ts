import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from '../platform/redis.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';

/** Whoever dies holding a lease leaves it behind for this long. Longer than stalls and short outages of Redis. */
const LEASE_MS = 12_000;
const POLL_MS = 100;

/** KEYS[1] lease, ARGV owner, lifetime in ms → 1 where it is still theirs */
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
/** KEYS[1] lease, ARGV owner */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** Tells whether the lease is surely held for some seconds more. */
export type IsHeld = () => boolean;

/**
 * Runs `work` while no other process does under the same key, and renews the lease as long as it takes. A lease is no
 * lock: a process that stands still for twelve seconds loses it without knowing, so `work` asks `isHeld` before it does
 * what must not be done twice. The first command goes out before this returns. @throws SessionStoreUnavailableError
 */
export async function withLease<T>(
  client: Redis,
  key: string,
  work: (isHeld: IsHeld, waitedMs: number) => Promise<T>,
  leaseMs = LEASE_MS,
): Promise<T> {
  const owner = randomUUID();
  const release = () => client.eval(RELEASE, { keys: [key], arguments: [owner] }).catch(() => undefined);
  let waitedMs: number;
  let renewedAt: number;
  try {
    waitedMs = await acquire(client, key, owner, leaseMs);
    renewedAt = performance.now();
    // A holder before us may still be on its way to write what it did while Redis was away.
    await client.settled();
  } catch (error) {
    void release(); // it may be ours even so: only the answer was lost
    throw error;
  }
  const renewing = setInterval(() => {
    const askedAt = performance.now();
    const renewed = client.eval(RENEW, { keys: [key], arguments: [owner, String(leaseMs)] });
    // A failed renewal is tried again; if the lease is lost by then, `isHeld` says so.
    renewed.then((held) => (renewedAt = held === 1 ? askedAt : -Infinity)).catch(() => undefined);
  }, leaseMs / 4);
  try {
    return await work(() => performance.now() - renewedAt < leaseMs / 2, waitedMs);
  } finally {
    clearInterval(renewing);
    void release();
  }
}

/** How long somebody else held it; 0: nobody did. */
async function acquire(client: Redis, key: string, owner: string, leaseMs: number): Promise<number> {
  // Long enough to outlast the lease of a dead holder.
  const askedAt = performance.now();
  const givesUpAt = askedAt + 2 * leaseMs;
  const options = { condition: 'NX', expiration: { type: 'PX', value: leaseMs } } as const;
  let hasWaited = false;
  while ((await client.set(key, owner, options)) === null) {
    if (performance.now() > givesUpAt) throw new SessionStoreUnavailableError(new Error('lease not free'));
    await setTimeout(POLL_MS * (0.5 + Math.random()));
    hasWaited = true;
  }
  return hasWaited ? performance.now() - askedAt : 0;
}
