import { RedisStore } from 'connect-redis';
import { pingRedis, type Redis } from '../platform/redis.ts';
import { ask, SessionStoreUnavailableError } from './errors.ts';
import type { RedisKeys } from './redis-keys.ts';
import { createSessionCipher } from './session-cipher.ts';
import { endsAt, isTouchDue, type SessionLifetime } from './session-lifetime.ts';
import type { SessionStore } from './session-store.ts';
import { decodeSession, encodeSession, headOf, type StoredSession } from './stored-session.ts';

/** Stands in the place of a session that was ended from elsewhere, so that its browser can be told. */
const REVOKED = 'revoked';
const REVOKED_SECONDS = 24 * 60 * 60;
/** More conflicts in a row than any real number of writers makes. */
const MAX_CONFLICTS = 100;

/** KEYS[1] session, ARGV how the value began when read, new value, lifetime in ms → 'ok', or what is there now */
const COMPARE_AND_SET = `
local value = redis.call('GET', KEYS[1])
if not value then return '' end
if value == 'revoked' or string.sub(value, 1, #ARGV[1]) ~= ARGV[1] then return value end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'ok'`;

/** KEYS[1] session, ARGV touched at, lifetime in ms → 1, or 0 where the session is gone */
const TOUCH = `
local value = redis.call('GET', KEYS[1])
if not value or value == 'revoked' then return 0 end
local head, sealed = string.match(value, '^(.-) %d+ ([^ ]+)$')
redis.call('SET', KEYS[1], head .. ' ' .. ARGV[1] .. ' ' .. sealed, 'PX', ARGV[2])
return 1`;

/**
 * Sessions in Redis, sealed and versioned. connect-redis reads and deletes; its SET would write back what another
 * request has replaced meanwhile, so writing is ours: every write compares first, and where somebody was faster it is
 * made again, on what is there then.
 */
export function createRedisSessionStore(options: {
  readonly client: Redis;
  readonly keys: RedisKeys;
  readonly config: { readonly secrets: readonly string[]; readonly session: SessionLifetime };
  readonly now?: () => number;
}): SessionStore {
  const { client, keys, config, now = Date.now } = options;
  const lifetime = config.session;
  const cipher = createSessionCipher(config.secrets);
  const asText = { parse: (text: string) => text as never, stringify: String };
  const transport = new RedisStore({ client, prefix: keys.sessionPrefix, serializer: asText });
  const keyOf = (name: string) => keys.sessionPrefix + name;
  const epochSeconds = () => Math.floor(now() / 1000);
  const msLeft = (times: Parameters<typeof endsAt>[0]) => Math.max(1, endsAt(times, lifetime) * 1000 - now());

  function decode(name: string, value: string | null | undefined): StoredSession | 'revoked' | undefined {
    if (!value) return undefined;
    if (value === REVOKED) return REVOKED;
    const session = decodeSession(name, value, cipher);
    return session && endsAt(session, lifetime) * 1000 > now() ? session : undefined;
  }

  async function evaluate(script: string, name: string, ...args: (string | number)[]): Promise<unknown> {
    return ask(client.eval(script, { keys: [keyOf(name)], arguments: args.map(String) }));
  }

  const store: SessionStore = {
    find: async (name) => decode(name, (await ask(transport.get(name))) as string | null),

    create: async (name, content) => {
      const at = epochSeconds();
      const session = { name, content, version: 1, createdAt: at, touchedAt: at };
      const expiration = { type: 'PX', value: msLeft(session) } as const;
      const value = encodeSession(session, cipher);
      await ask(client.set(keyOf(name), value, { condition: 'NX', expiration }));
      return { ...session, head: headOf(1), isOldSeal: false };
    },

    update: async (session, change) => {
      const { name } = session;
      let read = session;
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
        const content = structuredClone(read.content);
        change(content);
        const next = { ...read, content, version: read.version + 1, touchedAt: epochSeconds() };
        const value = encodeSession(next, cipher);
        const result = await evaluate(COMPARE_AND_SET, name, read.head, value, msLeft(next));
        if (result === 'ok') return { ...next, head: headOf(next.version), isOldSeal: false };
        const theirs = decode(name, String(result));
        if (theirs === undefined || theirs === 'revoked') return theirs;
        read = theirs;
      }
      throw new SessionStoreUnavailableError(new Error(`${MAX_CONFLICTS} conflicts in a row`));
    },

    touch: async (session) => {
      const touchedAt = epochSeconds();
      if (!isTouchDue(session, lifetime, touchedAt)) return undefined;
      const touched = { ...session, touchedAt };
      if (session.isOldSeal) {
        const found = await store.update(session, () => {});
        return found === 'revoked' ? undefined : found;
      }
      const isThere = (await evaluate(TOUCH, session.name, touchedAt, msLeft(touched))) === 1;
      return isThere ? touched : undefined;
    },

    end: async (name) => {
      await ask(transport.destroy(name));
    },

    revoke: async (name) => {
      const expiration = { type: 'EX', value: REVOKED_SECONDS } as const;
      // A Redis that is full takes no mark, but it still deletes.
      const marked = ask(client.set(keyOf(name), REVOKED, { condition: 'XX', expiration }));
      await marked.catch(() => store.end(name));
    },

    assertReadable: () => ask(pingRedis(client)),
    assertWritable: async () => {
      await ask(client.set(keys.probe, '1', { expiration: { type: 'EX', value: 10 } }));
    },
  };
  return store;
}
