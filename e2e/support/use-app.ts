import { after, before } from 'node:test';
import { type RedisServer, startRedis } from './redis.ts';

/**
 * What `start` starts, for all tests of a `describe`, with sessions in a Redis of its own or in cookies. It is filled
 * before the first test.
 */
export function useApp<T extends { stop(): Promise<void> }>(
  kind: 'Redis' | 'cookie' | 'cookies',
  start: (env: Record<string, string>) => Promise<T>,
): T {
  const app = {} as T;
  let redis: RedisServer | undefined;
  before(async () => {
    redis = kind === 'Redis' ? await startRedis() : undefined;
    Object.assign(app, await start(redis ? { REDIS_URL: redis.url } : {}));
  });
  after(async () => {
    await app.stop();
    await redis?.stop();
  });
  return app;
}
