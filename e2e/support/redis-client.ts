import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { type Env, EnvReader } from '../../src/gatehouse/config/env-reader.ts';
import { readRedis, redisUrl } from '../../src/gatehouse/config/redis-config.ts';
import { connectRedis, pingRedis, type Redis, RedisUnavailableError } from '../../src/gatehouse/platform/redis.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { waitFor } from './wait-for.ts';

export interface OpenRedis {
  readonly client: Redis;
  /** The messages that it logged. */
  readonly lines: readonly string[];
  /** All that it logged, as JSON. */
  readonly logged: () => string;
  readonly connected: () => Promise<void>;
}

/** Our Redis client for a `REDIS_URL`, or for an environment with more settings; it ends with the test. */
export function openRedis(t: TestContext, env: string | Env, options?: Parameters<typeof connectRedis>[2]): OpenRedis {
  const lines: string[] = [];
  let logged = '';
  const write = (line: string) => {
    logged += line;
    lines.push((JSON.parse(line) as { msg: string }).msg);
  };
  const log = pino({}, { write });
  const config = typeof env === 'string' ? redisUrl(env) : readRedis(new EnvReader(env));
  assert.ok(config);
  const client = connectRedis(config, log, options);
  t.after(() => client.destroy());
  return { client, lines, logged: () => logged, connected: () => waitFor('connected', () => pingRedis(client)) };
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

/** Asserts that `ask` rejects for one of these reasons within `withinMs` of being called. */
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
