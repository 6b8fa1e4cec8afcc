import type { Parse } from './env-reader.ts';

/** Where Redis is, as `redis` takes it. */
export interface RedisConfig {
  readonly url: string;
}

/** `redis://` or `rediss://` with host, optional user, password and database number. */
export const redisUrl: Parse<RedisConfig> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^rediss?:$/.test(url.protocol) || !url.hostname) {
    throw new Error('is not a Redis URL; write redis://localhost:6379 (rediss:// for TLS)');
  }
  if (!/^\/?\d*$/.test(url.pathname))
    throw new Error('ends in no database number; write redis://host:6379/0');
  return Object.freeze({ url: value });
};
