import { setTimeout } from 'node:timers/promises';
import { ErrorReply } from 'redis';
import type { RedisConfig } from '../config/redis-config.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger.ts';
import { type Connectable, createRedisClient } from './redis-client.ts';

interface SetOptions {
  readonly condition?: 'NX' | 'XX';
  readonly expiration?: { readonly type: 'EX' | 'PX'; readonly value: number };
}

/**
 * What our code asks of Redis; the same for one server, Sentinel and Cluster. Every command answers within half a
 * second or rejects with `RedisUnavailableError`; one that got no answer may still be carried out. Arguments have to
 * be what their types say: node-redis ends the process on `undefined`.
 */
export interface Redis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options?: SetOptions): Promise<string | null>;
  del(keys: string[]): Promise<number>;
  /** All `keys` have to be on one node. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zRem(key: string, values: string | string[]): Promise<number>;
  zScore(key: string, value: string): Promise<number | null>;
  zRangeByScore(key: string, min: number, max: '+inf', limit: { offset: number; count: number }): Promise<string[]>;
  /** With the highest scores first; from `first` to `last`, counted from 0. */
  zRangeNewest(key: string, first: number, last: number): Promise<{ value: string; score: number }[]>;
  /**
   * Resolves when Redis has been there for long enough that every process has found it again; mostly at once. Rejects
   * where it stays away.
   */
  settled(): Promise<void>;
  destroy(): void;
}

/** The commands as node-redis has them. */
interface Commands extends Omit<Redis, 'zRangeByScore' | 'zRangeNewest' | 'settled'> {
  zRangeByScore(key: string, min: number, max: string, options: object): Promise<string[]>;
  zRangeWithScores(key: string, first: number, last: number, options: object): ReturnType<Redis['zRangeNewest']>;
}

/** How long a command may take before it counts as lost. */
const DEADLINE_MS = 500;
const PROBE_INTERVAL_MS = 500;
/** An outage that takes longer than noticing its end (a probe) is not waited for. */
const PATIENCE_MS = 700;
/** Longer than clients take to find a Redis that is back: their pause between two attempts, and a probe. */
const SETTLE_MS = 1600;
/** After so many probes without an answer the client is made to begin anew. */
const PROBES_UNTIL_ANEW = 4;

/** Thrown when Redis cannot be asked, or does not do what it was asked. */
export class RedisUnavailableError extends SessionStoreUnavailableError {
  /** Redis's own word (`OOM`, `READONLY`, `LOADING`, `CLUSTERDOWN`, …), `NO_ANSWER` in time, or `NOT_CONNECTED`. */
  readonly reason: string;

  constructor(cause: unknown) {
    super(cause);
    const message = cause instanceof Error ? cause.message : String(cause);
    const silence = message.startsWith('no answer') ? 'NO_ANSWER' : 'NOT_CONNECTED';
    this.reason = cause instanceof ErrorReply ? (/^[A-Z]+/.exec(message)?.[0] ?? 'ERR') : silence;
  }
}

/** Resolves when Redis answers reads. @throws RedisUnavailableError */
export async function pingRedis(client: Pick<Redis, 'get'>): Promise<void> {
  // Not PING: a cluster has no one node to send it to, and a server that is loading answers it.
  await client.get('gatehouse:ping');
}

/**
 * A client that connects by itself, now and after every outage or failover, and fails at once while it is not
 * connected instead of queueing commands. Never throws: an unreachable Redis at start is an outage like any other.
 * `isUnref`: it keeps no process alive that has nothing else to do. Only for a single server: node-redis has no
 * `unref` for Sentinel and Cluster.
 */
export function connectRedis(config: RedisConfig, log: Logger, { isUnref = false } = {}): Redis {
  // The three clients have the same commands, under types that have nothing in common.
  const client = createRedisClient(config, isUnref) as unknown as Commands & Connectable;
  let isStopped = false;
  let isAway = false;
  let backAt = Number.NEGATIVE_INFINITY;
  let isProbing = false;
  // A process that has just started waits for how its first attempt ends; from then on, nothing waits.
  let endFirstAttempt: () => void = () => {};
  let firstAttempt: Promise<void> | undefined = new Promise((resolve) => {
    endFirstAttempt = () => {
      firstAttempt = undefined;
      resolve();
    };
  });

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      // Not a turn later: a command that waits for one goes out behind a stall of this process, and is late at once.
      return await withDeadline(firstAttempt ? firstAttempt.then(work) : work(), DEADLINE_MS);
    } catch (error) {
      const failure = new RedisUnavailableError(error);
      if (failure.reason === 'NO_ANSWER') void probe();
      throw failure;
    }
  }

  /** One line in the log when Redis goes and one when it is back, however often we try in between. */
  function note(away: boolean, reason?: unknown): void {
    if (isAway === away) return;
    isAway = away;
    if (away) log.error({ reason: (reason as Error).message }, 'redis is away');
    else {
      backAt = performance.now();
      log.info({}, 'redis is back');
    }
  }

  /**
   * Looks until Redis answers, and has the client begin anew when that takes long: node-redis waits for ever on a
   * silent connection that is written to, and its clients of several hosts give up or keep what they found.
   */
  async function probe(): Promise<void> {
    if (isProbing) return;
    isProbing = true;
    for (let probes = 1; !isStopped; probes += 1) {
      await setTimeout(PROBE_INTERVAL_MS, undefined, { ref: false });
      try {
        await withDeadline(pingRedis(client), DEADLINE_MS);
        note(false);
        break;
      } catch (error) {
        note(true, error);
        // Only there node-redis makes no attempts of its own (see `createRedisClient`).
        const hasGivenUp = isUnref && config.kind === 'single' && !client.isOpen;
        if ((hasGivenUp || probes % PROBES_UNTIL_ANEW === 0) && !isStopped) connect();
      }
    }
    isProbing = false;
  }

  function connect(): void {
    if (client.isOpen) client.destroy();
    // A failure is told by the listener and tried again by the probe.
    client.connect().then(endFirstAttempt, endFirstAttempt);
  }

  // Without a listener the first lost connection would end the process.
  client.on('error', (error) => {
    if (isStopped) return;
    endFirstAttempt();
    note(true, error);
    void probe();
  });
  connect();
  void probe();

  return {
    get: (key) => ask(() => client.get(key)),
    set: (key, value, options) => ask(() => client.set(key, value, options)),
    del: (keys) => ask(() => client.del(keys)),
    eval: (script, options) => ask(() => client.eval(script, options)),
    zRem: (key, values) => ask(() => client.zRem(key, values)),
    zScore: (key, value) => ask(() => client.zScore(key, value)),
    zRangeByScore: (key, min, max, limit) => ask(() => client.zRangeByScore(key, min, max, { LIMIT: limit })),
    zRangeNewest: (key, first, last) => ask(() => client.zRangeWithScores(key, first, last, { REV: true })),
    settled: async () => {
      const awayUntil = performance.now() + PATIENCE_MS;
      while (!isStopped && (isAway || performance.now() - backAt < SETTLE_MS)) {
        if (isAway && performance.now() > awayUntil) throw new RedisUnavailableError('away');
        await setTimeout(50);
      }
    },
    destroy: () => {
      isStopped = true;
      if (client.isOpen) client.destroy();
    },
  };
}
