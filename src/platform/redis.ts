import { setTimeout } from 'node:timers/promises';
import { createClient, createCluster, createSentinel } from 'redis';
import type { RedisConfig } from '../config/redis-config.ts';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger.ts';

interface SetOptions {
  readonly condition?: 'NX' | 'XX';
  readonly expiration?: { readonly type: 'EX' | 'PX'; readonly value: number };
}

/**
 * What our code asks of Redis; the same for one server, Sentinel and Cluster. Arguments have to be text or numbers
 * where it says so: node-redis ends the process on `undefined`.
 */
export interface Redis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options?: SetOptions): Promise<string | null>;
  del(keys: string[]): Promise<number>;
  /** All `keys` have to be on one node. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  zAdd(key: string, member: { score: number; value: string }): Promise<number>;
  zRem(key: string, values: string | string[]): Promise<number>;
  zScore(key: string, value: string): Promise<number | null>;
  zRangeByScore(key: string, min: number, max: number | '+inf'): Promise<string[]>;
  zRemRangeByScore(key: string, min: '-inf', max: number): Promise<number>;
  expireAt(key: string, epochSeconds: number, mode: 'GT' | 'NX'): Promise<number>;
  destroy(): unknown;
}

/** How long a command may take before it counts as lost. */
const DEADLINE_MS = 500;
const PROBE_INTERVAL_MS = 500;

/** Thrown when Redis cannot be asked, or does not do what it was asked. */
export class RedisUnavailableError extends Error {
  /** Redis's own word (`OOM`, `READONLY`, `LOADING`, `CLUSTERDOWN`, `MASTERDOWN`, …), or `NO_ANSWER`. */
  readonly reason: string;

  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    this.name = 'RedisUnavailableError';
    this.reason = /^([A-Z]{3,})\b/.exec(message)?.[1] ?? 'NO_ANSWER';
  }
}

/** What Redis answers within half a second. @throws RedisUnavailableError otherwise */
export async function askRedis<T>(work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(work, DEADLINE_MS);
  } catch (error) {
    throw new RedisUnavailableError(error);
  }
}

/** Resolves when Redis answers reads. @throws RedisUnavailableError */
export async function pingRedis(client: Redis): Promise<void> {
  // Not PING: a cluster has no one node to send it to, and a server that is loading answers it.
  await askRedis(client.get('gatehouse:ping'));
}

/**
 * A client that connects by itself, now and after every outage or failover, and fails at once while it is not
 * connected instead of queueing commands. Never throws: an unreachable Redis at start is an outage like any other.
 */
export function connectRedis(config: RedisConfig, log: Logger): Redis {
  const client = createFor(config);
  let probing: NodeJS.Timeout | undefined;

  // One line when it goes and one when it is back, however often the client tries meanwhile. Also: without a
  // listener the first lost connection would end the process.
  client.on('error', (error: Error) => {
    if (probing) return;
    log.error({ reason: error.message }, 'redis is away');
    probing = setInterval(() => {
      pingRedis(redis).then(
        () => {
          clearInterval(probing);
          probing = undefined;
          log.info('redis is back');
        },
        () => undefined,
      );
    }, PROBE_INTERVAL_MS).unref();
  });
  // A single server is tried for ever; the clients of several hosts give up, so they are asked to try again. One
  // that found a cluster before its nodes had found each other would never look again.
  let isStopped = false;
  const connect = async () => {
    while (!isStopped) {
      try {
        await client.connect();
        if (config.kind === 'cluster') await pingRedis(redis);
        return;
      } catch {
        if (client.isOpen && !isStopped) destroy();
        await setTimeout(PROBE_INTERVAL_MS, undefined, { ref: false });
      }
    }
  };

  // The three clients have these commands alike, under types that have nothing in common.
  const redis = client as unknown as Redis;
  const destroy = redis.destroy.bind(redis);
  redis.destroy = () => {
    isStopped = true;
    clearInterval(probing);
    return destroy();
  };
  void connect();
  return redis;
}

function createFor(config: RedisConfig) {
  const options = {
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    // A connection whose other end is gone without a word is found out by its silence.
    pingInterval: 1000,
    socket: {
      connectTimeout: 2000,
      socketTimeout: 3000,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, 1000),
    },
  };
  if (config.kind === 'single') return createClient({ url: config.url, ...options });
  const { username, password } = config;
  const access = { ...(username && { username }), ...(password && { password }) };
  const socket = { ...options.socket, ...(config.tls && { tls: true as const }) };
  if (config.kind === 'sentinel') {
    const { sentinels, master, database } = config;
    return createSentinel({
      name: master,
      sentinelRootNodes: [...sentinels],
      nodeClientOptions: { ...options, ...access, database, socket },
      sentinelClientOptions: { socket },
      // All commands on one connection: leasing one for each loses leases when several come at once, until none
      // is left (seen with redis 6.3.1).
      reserveClient: true,
      scanInterval: 1000,
    });
  }
  return createCluster({
    rootNodes: config.nodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: { ...options, ...access, socket },
  });
}
