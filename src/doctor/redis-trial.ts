import { randomUUID } from 'node:crypto';
import { redisStore } from '../gatehouse/door/rate-limit.ts';
import { callbackOnceInRedis } from '../gatehouse/login/callback-once.ts';
import { silent } from '../gatehouse/platform/logger.ts';
import type { RedisUnavailableError } from '../gatehouse/platform/redis.ts';
import { pingRedis, type Redis } from '../gatehouse/platform/redis.ts';
import { redisProofMemory } from '../gatehouse/resource-server/proof-replay.ts';
import { withLease } from '../gatehouse/session/lease.ts';
import { createRedisKeys } from '../gatehouse/session/redis-keys.ts';
import { createRedisSessionStore } from '../gatehouse/session/redis-session-store.ts';
import { createSecretsInUse } from '../gatehouse/session/secrets-in-use.ts';
import { createSessionCipher } from '../gatehouse/session/session-cipher.ts';
import { createSessionIndex } from '../gatehouse/session/session-index.ts';

const LIFETIME = { rollingSeconds: 60, absoluteSeconds: 60 };

/**
 * Does everything that the app does with Redis, with the app's own code, on keys that nobody uses, and deletes them
 * again. Returns what went wrong, even where the app itself would manage without.
 */
export async function tryRedis(redis: Redis): Promise<RedisUnavailableError[]> {
  const { client, keys, failures } = recorded(redis);
  // A user who may not delete must not write either, since the keys would stay behind.
  await client.del([`gatehouse:doctor:${randomUUID()}`]).catch(() => undefined);
  if (failures.length > 0) return failures;
  try {
    for (const step of steps(client)) {
      await step().catch(() => undefined);
      // Collect all refusals, to report them together; after any other failure, going on is pointless.
      if (!failures.every(isRefusal)) break;
    }
  } finally {
    await Promise.allSettled([...keys].map((key) => redis.del([key])));
  }
  return failures;
}

/** Whether the user lacks a right. Redis 7.0 words the refusal differently inside a script. */
export function isRefusal({ reason, cause }: RedisUnavailableError): boolean {
  return reason === 'NOPERM' || /user executing the script can't/.test((cause as Error).message);
}

/** The same client, which also notes the keys that it writes and the calls that fail. */
function recorded(redis: Redis) {
  const keys = new Set<string>();
  const failures: RedisUnavailableError[] = [];
  const noted = <T>(work: Promise<T>): Promise<T> => {
    work.catch((error: unknown) => failures.push(error as RedisUnavailableError));
    return work;
  };
  const writing = (key: string) => keys.add(key);
  const client: Redis = {
    ...redis,
    get: (key) => noted(redis.get(key)),
    set: (key, ...rest) => (writing(key), noted(redis.set(key, ...rest))),
    del: (names) => noted(redis.del(names)),
    eval: (script, options) => (options.keys.forEach(writing), noted(redis.eval(script, options))),
    zRem: (key, values) => noted(redis.zRem(key, values)),
    zScore: (key, value) => noted(redis.zScore(key, value)),
    zRangeByScore: (...asked) => noted(redis.zRangeByScore(...asked)),
    zRangeNewest: (...asked) => noted(redis.zRangeNewest(...asked)),
  };
  return { client, keys, failures };
}

function steps(client: Redis): (() => Promise<unknown>)[] {
  const [id, sub, sid] = [randomUUID(), randomUUID(), randomUUID()];
  const owner = { sub, sid };
  const secrets = [randomUUID()];
  const keys = createRedisKeys(`doctor ${id}`);
  const secretsInUse = createSecretsInUse(client, keys, secrets);
  const store = createRedisSessionStore({ client, keys, config: { secrets, session: LIFETIME }, secretsInUse });
  const config = { session: LIFETIME, sessionsPerUser: 1000 };
  const index = createSessionIndex({ client, keys, store, config, giveBack: () => {} });
  const callbacks = callbackOnceInRedis(client, createSessionCipher(secrets), silent);
  const content = { claims: { sub }, sid, id_token: '', asked: { at: 0 }, logins: [] };
  const createdAt = Math.floor(Date.now() / 1000);
  const name = keys.nameOf(id);
  return [
    () => pingRedis(client),
    () => store.assertWritable(),
    // A login, a visit, a refresh
    () => redisStore(client).increment(id) as Promise<unknown>,
    () => callbacks.run(id, async () => ({ location: '/', cookies: [] })),
    async () => {
      secretsInUse.announce();
      secretsInUse.stop();
    },
    () => index.enter(name, owner, createdAt, 0),
    async () => {
      const session = await store.create(name, content);
      await store.find(name);
      if (!session) return;
      await store.touch({ ...session, touchedAt: 0 });
      await store.update(session, () => {});
    },
    () => withLease(client, keys.lease(name), async () => undefined),
    // The list of sessions, and every way to end one
    () => index.list(sub),
    () => index.revoke(owner, name),
    () => index.endSubject(sub),
    () => index.endProviderSession(sid),
    () => index.rememberLogoutToken(id, 60),
    () => index.knowsLogoutToken(id),
    () => store.end(name),
    () => index.remove(name, owner),
    () => callbacks.forget(id),
    // The API
    () => redisProofMemory(client)(id, id),
  ];
}
