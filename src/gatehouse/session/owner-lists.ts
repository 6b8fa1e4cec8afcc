import type { DoorConfig } from '../config/door-config.ts';
import type { Redis } from '../platform/redis.ts';
import type { OwnerKeys } from './redis-keys.ts';

/** How long a person may take to sign in. */
export const LOGIN_SECONDS = 3600;
/** Longer than any login that is under way when its user is signed out. */
const NOTED_SECONDS = LOGIN_SECONDS + 300;

/**
 * KEYS[1] list, [2] when it was last ended, ARGV name, when it ends, now, how many there may be → when the owner was
 * last signed out, and the oldest names beyond that number, with one more in case the new name is among them
 */
const ENTER = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
local surplus = math.min(redis.call('ZCARD', KEYS[1]) - ARGV[4], 200)
return { redis.call('GET', KEYS[2]), unpack(surplus > 0 and redis.call('ZRANGE', KEYS[1], 0, surplus) or {}) }`;

/** The list of one owner's session names, and when they were last signed out: together on one node. */
export function createOwnerLists(
  client: Redis,
  config: Pick<DoorConfig, 'session' | 'sessionsPerUser'>,
  now: () => number,
) {
  return {
    /** Resolves with when the owner was last signed out, epoch ms, and the names that are too many; never the new one. */
    enter: async ({ list, ended }: OwnerKeys, name: string, createdAt: number) => {
      const endsAt = createdAt + config.session.absoluteSeconds;
      const args = [name, endsAt, Math.floor(now() / 1000), config.sessionsPerUser].map(String);
      const reply = await client.eval(ENTER, { keys: [list, ended], arguments: args });
      const [endedAt, ...oldest] = reply as [string | null, ...string[]];
      // Logins of one second are in no order of time.
      const surplus = oldest.filter((other) => other !== name).slice(0, Math.max(0, oldest.length - 1));
      return { endedAt: endedAt === null ? undefined : Number(endedAt), surplus };
    },
    /** For logins that are still under way; called before anything is ended. */
    note: async ({ ended }: OwnerKeys): Promise<void> => {
      await client.set(ended, String(now()), { expiration: { type: 'EX', value: NOTED_SECONDS } });
    },
  };
}
