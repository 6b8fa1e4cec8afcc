import { createClient, type RedisClientType } from 'redis';
import type { RedisConfig } from '../config/redis-config.ts';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger.ts';

export type Redis = RedisClientType;

/**
 * A client that connects by itself, now and after every outage, and fails at once while it is not connected
 * instead of queueing commands. Never throws: an unreachable Redis at start is an outage like any other.
 */
export function connectRedis(config: RedisConfig, log: Logger): Redis {
  const client: Redis = createClient({
    url: config.url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1000) },
  });
  let away = false;
  // Without a listener the first lost connection would end the process.
  client.on('error', (error: Error) => {
    if (!away) log.error({ error: error.message }, 'redis is away');
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info('redis is back');
    away = false;
  });
  client.connect().catch(() => undefined); // told by the listener above
  return client;
}

/** Resolves when Redis answers within `deadlineMs`. @throws Error otherwise. */
export async function pingRedis(client: Redis, deadlineMs: number): Promise<void> {
  await withDeadline(client.ping(), deadlineMs);
}

/** Temporary shape until the client's own errors land: the answer within 500 ms. */
export function askRedis<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, 500);
}
