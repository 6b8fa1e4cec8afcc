import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { redisUrl } from '../../src/gatehouse/config/redis-config.ts';
import { connectRedis, pingRedis, type Redis, RedisUnavailableError } from '../../src/gatehouse/platform/redis.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { waitFor } from './wait-for.ts';

export interface OpenRedis {
  readonly client: Redis;
  /** What it logged. */
  readonly lines: readonly string[];
  readonly connected: () => Promise<void>;
}

/** Our Redis client; it ends with the test. */
export function openRedis(t: TestContext, url: string, options?: Parameters<typeof connectRedis>[2]): OpenRedis {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) });
  const client = connectRedis(redisUrl(url), log, options);
  t.after(() => client.destroy());
  return { client, lines, connected: () => waitFor('connected', () => pingRedis(client)) };
}

/** The same, connected to a server of the test's own. */
export async function openRedisServer(
  t: TestContext,
  options?: Parameters<typeof startRedis>[0],
): Promise<OpenRedis & { readonly server: RedisServer }> {
  const server = await startRedis(options);
  t.after(() => server.stop());
  const opened = openRedis(t, server.url);
  await opened.connected();
  return { server, ...opened };
}

/** `ask` rejects for one of these reasons, `withinMs` of being called. */
export async function assertUnavailable(
  ask: () => Promise<unknown>,
  reasons: string | readonly string[],
  withinMs = 900,
): Promise<void> {
  const begun = performance.now();
  await assert.rejects(ask, (error) => {
    assert.ok(error instanceof RedisUnavailableError, String(error));
    assert.ok([reasons].flat().includes(error.reason), `${error.reason}: ${error.message}`);
    return true;
  });
  const ms = performance.now() - begun;
  assert.ok(ms < withinMs, `${ms} ms`);
}
