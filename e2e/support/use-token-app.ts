import { after, before, beforeEach } from 'node:test';
import { type RedisServer, startRedis } from './redis.ts';
import { startTokenApp, type TokenApp } from './token-app.ts';

/**
 * A `TokenApp` for all tests of a `describe`, with sessions in its own Redis or in cookies. It is filled before the
 * first test. Every test begins with a healthy provider that has reported nothing.
 */
export function useTokenApp(kind: 'Redis' | 'cookie'): TokenApp {
  const app = {} as TokenApp;
  let redis: RedisServer | undefined;
  before(async () => {
    redis = kind === 'Redis' ? await startRedis() : undefined;
    Object.assign(app, await startTokenApp(redis ? { REDIS_URL: redis.url } : {}));
  });
  after(async () => {
    await app.stop();
    await redis?.stop();
  });
  beforeEach(() => {
    app.faults.reset();
    app.events.length = 0;
  });
  return app;
}
