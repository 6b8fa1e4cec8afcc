import type { RedisConnection } from './stage.ts';

/** The room that one session takes in Redis. */
export interface SessionSize {
  /** Names of all keys that came with it; the largest, which is the session itself, comes first. */
  readonly keys: readonly string[];
  /** Memory that Redis takes for all of them. */
  readonly bytes: number;
}

/** Runs `signIn` and weighs the keys that it has left in Redis. */
export async function sizeOfNewKeys<T>(redis: RedisConnection, signIn: () => Promise<T>): Promise<[SessionSize, T]> {
  const before = new Set(await redis.keys('*'));
  const result = await signIn();
  const added = (await redis.keys('*')).filter((key) => !before.has(key));
  const weighed = await Promise.all(
    added.map(async (key) => ({ key, bytes: (await redis.memoryUsage(key, { SAMPLES: 0 })) ?? 0 })),
  );
  weighed.sort((a, b) => b.bytes - a.bytes);
  const bytes = weighed.reduce((sum, key) => sum + key.bytes, 0);
  return [{ keys: weighed.map(({ key }) => key), bytes }, result];
}

/** Adds `count` copies of the session at `key`, under names of the same length. */
export async function copySession(
  redis: RedisConnection,
  key: string,
  count: number,
  onProgress: (done: number) => void,
): Promise<void> {
  const BATCH = 10_000;
  // The script runs within Redis, so that no value travels. It copies the time to live, too.
  const script = `
    for i = tonumber(ARGV[2]), tonumber(ARGV[3]) - 1 do
      redis.call('COPY', KEYS[1], ARGV[1] .. string.format('%012d', i))
    end`;
  const prefix = key.slice(0, -12);
  for (let done = 0; done < count; done += BATCH) {
    const end = Math.min(done + BATCH, count);
    await redis.eval(script, { keys: [key], arguments: [prefix, String(done), String(end)] });
    onProgress(end);
  }
}
