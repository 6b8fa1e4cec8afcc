import { setTimeout } from 'node:timers/promises';
import { ErrorReply } from 'redis';
import type { RedisConfig } from '../config/redis-config.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { withDeadline } from './deadline.ts';
import { unobserved } from './events.ts';
import type { Logger } from './logger.ts';
import type { Connectable } from './redis-client.ts';
import { DEADLINE_MS, type LinkOptions, linkRedis } from './redis-link.ts';

interface SetOptions {
  readonly condition?: 'NX' | 'XX';
  readonly expiration?: { readonly type: 'EX' | 'PX'; readonly value: number };
}

/**
 * What our code asks of Redis, the same for one server, Sentinel and Cluster. Every command answers within half a
 * second or rejects with `RedisUnavailableError`; one that got no answer may still be carried out. Arguments must match
 * their types: node-redis ends the process on `undefined`.
 */
export interface Redis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options?: SetOptions): Promise<string | null>;
  del(keys: string[]): Promise<number>;
  /** All `keys` must be on one node. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zRem(key: string, values: string | string[]): Promise<number>;
  zScore(key: string, value: string): Promise<number | null>;
  zRangeByScore(key: string, min: number, max: '+inf', limit: { offset: number; count: number }): Promise<string[]>;
  /** With the highest scores first; from `first` to `last`, counted from 0. */
  zRangeNewest(key: string, first: number, last: number): Promise<{ value: string; score: number }[]>;
  /**
   * Resolves when Redis has been back long enough for every process to find it again; mostly at once. Rejects if it
   * stays away.
   */
  settled(): Promise<void>;
  destroy(): void;
}

/** The commands as node-redis has them. */
interface Commands extends Omit<Redis, 'zRangeByScore' | 'zRangeNewest' | 'settled'>, Connectable {
  zRangeByScore(key: string, min: number, max: string, options: object): Promise<string[]>;
  zRangeWithScores(key: string, first: number, last: number, options: object): ReturnType<Redis['zRangeNewest']>;
}

/** After this long a read on a connection that answers nobody is sent on another one, too. */
const HASTE_MS = 200;
/** Outages that last longer than it takes to notice their end (a probe) are not waited for. */
const PATIENCE_MS = 700;
/** Longer than clients take to find Redis again: their pause between two attempts, and a probe. */
const SETTLE_MS = 1600;

/** Thrown when Redis cannot be asked, or does not do what it was asked. */
export class RedisUnavailableError extends SessionStoreUnavailableError {
  /** Redis's own word (`OOM`, `READONLY`, `LOADING`, `CLUSTERDOWN`, …), `NO_ANSWER` in time, or `NOT_CONNECTED`. */
  readonly reason: string;

  constructor(cause: unknown) {
    super(cause);
    const message = cause instanceof Error ? cause.message : String(cause);
    const silence = message.startsWith('no answer') ? 'NO_ANSWER' : 'NOT_CONNECTED';
    // Redis 6 puts a command's own error at the end of its script's error.
    const word = / -([A-Z]+) /.exec(message)?.[1] ?? /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
    this.reason = cause instanceof ErrorReply ? word : silence;
  }
}

/** Resolves when Redis answers reads. @throws RedisUnavailableError */
export async function pingRedis(client: Pick<Redis, 'get'>): Promise<void> {
  // Not PING: a cluster has no single node to send it to, and a server answers it even while loading.
  await client.get('gatehouse:ping');
}

/**
 * A client that connects by itself, now and after every outage or failover, and fails at once while it is not connected
 * instead of queueing commands. Never throws: an unreachable Redis at start is an outage like any other.
 */
export function connectRedis(
  config: RedisConfig,
  log: Logger,
  { isUnref = false, pingMs = 30_000, observe = unobserved }: Partial<LinkOptions> = {},
): Redis {
  const link = linkRedis<Commands>(config, log, pingRedis, { isUnref, pingMs, observe });
  let answeredAt = Number.NEGATIVE_INFINITY;

  async function ask<T>(work: (client: Commands) => Promise<T>, isRead = false): Promise<T> {
    const askedAt = performance.now();
    const isHasty = isRead && link.backAt() !== undefined;
    let asked = link.client();
    const begin = () => work((asked = link.client()));
    // Not one turn later: a stall of this process would delay the command past its deadline.
    const answer = link.firstAttempt()?.then(begin) ?? begin();
    try {
      const found = await withDeadline(answer, isHasty ? HASTE_MS : DEADLINE_MS);
      answeredAt = performance.now();
      tell('ok', askedAt);
      return found;
    } catch (error) {
      const { reason } = new RedisUnavailableError(error);
      const isLost = reason === 'NO_ANSWER' || reason === 'NOT_CONNECTED';
      // Nothing was written, so it can be sent again: on a connection to the master, or to the same server.
      if (reason !== 'READONLY' && !(isHasty && isLost)) return fail(error, asked, askedAt);
      // A connection that answers others is slow, not lost.
      const isSlow = reason === 'NO_ANSWER' && answeredAt > askedAt;
      const elsewhere = isSlow
        ? answer
        : link.renew(asked).then((isNew) => (isNew ? work(link.client()) : Promise.reject(error as Error)));
      try {
        const found = await withDeadline(Promise.any([answer, elsewhere]), DEADLINE_MS - HASTE_MS);
        if (reason === 'READONLY') link.noteMoved(asked);
        tell('ok', askedAt);
        return found;
      } catch (second) {
        return fail(second, asked, askedAt);
      }
    }
  }

  function tell(outcome: 'ok' | 'failed', askedAt: number): void {
    observe({ event: 'store.answered', outcome, seconds: (performance.now() - askedAt) / 1000 });
  }

  function fail(error: unknown, asked: Commands, askedAt: number): never {
    tell('failed', askedAt);
    const failure = new RedisUnavailableError(error instanceof AggregateError ? error.errors.at(-1) : error);
    if (failure.reason === 'NO_ANSWER') {
      void link.probe();
      void link.renew(asked);
    }
    throw failure;
  }

  const read = <T>(work: (client: Commands) => Promise<T>) => ask(work, true);
  return {
    get: (key) => read((client) => client.get(key)),
    set: (key, value, options) => ask((client) => client.set(key, value, options)),
    del: (keys) => ask((client) => client.del(keys)),
    eval: (script, options) => ask((client) => client.eval(script, options)),
    zRem: (key, values) => ask((client) => client.zRem(key, values)),
    zScore: (key, value) => read((client) => client.zScore(key, value)),
    zRangeByScore: (key, min, max, limit) => read((client) => client.zRangeByScore(key, min, max, { LIMIT: limit })),
    zRangeNewest: (key, first, last) => read((client) => client.zRangeWithScores(key, first, last, { REV: true })),
    settled: async () => {
      const awayUntil = performance.now() + PATIENCE_MS;
      for (let backAt; !link.isStopped(); await setTimeout(50)) {
        backAt = link.backAt();
        if (backAt === undefined && performance.now() > awayUntil) throw new RedisUnavailableError('away');
        if (backAt !== undefined && performance.now() - backAt >= SETTLE_MS) return;
      }
    },
    destroy: link.destroy,
  };
}
