import type { SessionLifetime } from '../config/door-config.ts';
import { RedisStore } from 'connect-redis';
import { type Observe, unobserved } from '../platform/events.ts';
import { pingRedis, type Redis } from '../platform/redis.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { SecretsInUse } from './secrets-in-use.ts';
import { createSessionCipher } from './session-cipher.ts';
import { endsAt, isTouchDue } from './session-lifetime.ts';
import type { KeptSession, SessionContent } from './session-content.ts';
import { decodeSession, encodeSession, headOf, type StoredSession } from './stored-session.ts';

/** Stands in the place of a session that was ended from elsewhere, so that its browser can be told. */
const REVOKED = 'revoked';
const REVOKED_SECONDS = 24 * 60 * 60;
/** How long a session that is just being created finds its place taken. */
const BARRED_SECONDS = 300;
/** More conflicts in a row than any real number of writers makes. */
const MAX_CONFLICTS = 100;

/** KEYS[1] session, ARGV how the value began when read, new value, lifetime in ms → 'ok', or what is there now */
const COMPARE_AND_SET = `
local value = redis.call('GET', KEYS[1])
if not value then return '' end
if value == 'revoked' or string.match(value, '^(.-)%d+ [^ ]+$') ~= ARGV[1] then return value end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'ok'`;

/** KEYS[1] session, ARGV touched at, lifetime in ms → 1, or 0 where the session is gone */
const TOUCH = `
local value = redis.call('GET', KEYS[1])
if not value or value == 'revoked' then return 0 end
local head, sealed = string.match(value, '^(.-) %d+ ([^ ]+)$')
redis.call('SET', KEYS[1], head .. ' ' .. ARGV[1] .. ' ' .. sealed, 'PX', ARGV[2])
return 1`;

/** KEYS[1] session, ARGV seconds to keep the mark: where a session is, and where none is (yet) → what was there */
const REVOKE = `
local value = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], 'revoked', 'EX', value and ARGV[1] or ARGV[2])
return value`;

/** What was found under a name: a session, the mark of one that was ended from elsewhere, or nothing. */
export type Found = StoredSession | 'revoked' | undefined;

/** Changes a content in place; may run more than once, each time on the newest content. */
export type Change = (content: SessionContent) => void;

export type SessionStore = ReturnType<typeof createRedisSessionStore>;

/**
 * Keeps sessions in Redis by their public names, sealed and versioned. connect-redis reads and deletes; its SET would
 * undo what another request has written meanwhile, so writing is ours: every write compares first, and where somebody
 * was faster it is repeated on what is there then. A session that is gone stays gone: only `create` makes one. Every
 * method rejects with `SessionStoreUnavailableError` when Redis cannot answer.
 */
export function createRedisSessionStore(options: {
  readonly client: Redis;
  readonly keys: RedisKeys;
  readonly config: { readonly secrets: readonly string[]; readonly session: SessionLifetime };
  readonly secretsInUse: SecretsInUse;
  readonly observe?: Observe;
  readonly now?: () => number;
}) {
  const { client, keys, config, secretsInUse, observe = unobserved, now = Date.now } = options;
  const lifetime = config.session;
  const cipher = createSessionCipher(config.secrets);
  const asText = { parse: (text: string) => text as never, stringify: String };
  const transport = new RedisStore({ client, prefix: keys.sessionPrefix, serializer: asText });
  const keyOf = (name: string) => keys.sessionPrefix + name;
  const epochSeconds = () => Math.floor(now() / 1000);
  const msLeft = (session: KeptSession) => Math.max(1, endsAt(session, lifetime) * 1000 - now());

  function decode(name: string, value: string | null): Found {
    if (!value) return undefined;
    if (value === REVOKED) return REVOKED;
    const session = decodeSession(name, value, cipher);
    return session && endsAt(session, lifetime) * 1000 > now() ? session : undefined;
  }

  function contentOf(name: string, value: string | null): SessionContent | undefined {
    try {
      const found = decode(name, value);
      return typeof found === 'object' ? found.content : undefined;
    } catch {
      return undefined; // what cannot be read can still be ended
    }
  }

  async function evaluate(script: string, name: string, ...args: (string | number)[]): Promise<unknown> {
    return client.eval(script, { keys: [keyOf(name)], arguments: args.map(String) });
  }

  async function end(name: string): Promise<void> {
    await transport.destroy(name);
  }

  /** Changes what is there now, whatever was read, and touches it. Resolves with the result. */
  async function update(session: StoredSession, change: Change): Promise<Found> {
    let read = session;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const content = structuredClone(read.content);
      change(content);
      const next = { ...read, content, version: read.version + 1, touchedAt: epochSeconds() };
      const value = encodeSession(next, cipher);
      const result = await evaluate(COMPARE_AND_SET, session.name, read.head, value, msLeft(next));
      if (result === 'ok') return { ...next, head: headOf(next.version), isOldSeal: false };
      const theirs = decode(session.name, String(result));
      if (typeof theirs !== 'object') return theirs;
      observe({ event: 'session.conflict' });
      read = theirs;
    }
    throw new SessionStoreUnavailableError(new Error(`${MAX_CONFLICTS} conflicts in a row`));
  }

  return {
    update,
    /** Ends the session; fine where there is none. */
    end,
    /**
     * Undefined also where a session has expired, and where the value is not ours.
     * @throws SessionUnreadableError, SessionStoreUnavailableError
     */
    find: async (name: string): Promise<Found> => {
      const value = (await transport.get(name)) as string | null;
      return secretsInUse.orGone(() => decode(name, value));
    },

    /** Keeps a new session. Undefined where its place is taken: it was revoked before it began. */
    create: async (name: string, content: SessionContent): Promise<StoredSession | undefined> => {
      const at = epochSeconds();
      const session = { name, content, version: 1, createdAt: at, touchedAt: at };
      const expiration = { type: 'PX', value: msLeft(session) } as const;
      const kept = await client.set(keyOf(name), encodeSession(session, cipher), { condition: 'NX', expiration });
      return kept === null ? undefined : { ...session, head: headOf(1), isOldSeal: false };
    },

    /** Extends the idle lifetime, if a touch is due. Undefined where nothing was extended. */
    touch: async (session: StoredSession): Promise<StoredSession | undefined> => {
      const touched = { ...session, touchedAt: epochSeconds() };
      if (!isTouchDue(session, lifetime, touched.touchedAt)) return undefined;
      if (session.isOldSeal) {
        const found = await update(session, () => {});
        return typeof found === 'object' ? found : undefined;
      }
      const isThere = await evaluate(TOUCH, session.name, touched.touchedAt, msLeft(touched));
      return isThere === 1 ? touched : undefined;
    },

    /**
     * Ends the session from elsewhere: its browser can be told so, and one that is just being created finds its place
     * taken. Resolves with whether there was one, and its content where we can read it.
     */
    revoke: async (name: string): Promise<{ wasThere: boolean; content?: SessionContent | undefined }> => {
      const marked = evaluate(REVOKE, name, REVOKED_SECONDS, BARRED_SECONDS) as Promise<string | null>;
      const value = await marked.catch(async () => {
        // A full Redis takes no mark, but it still deletes.
        const there = await client.get(keyOf(name));
        await end(name);
        return there;
      });
      return { wasThere: value !== null, content: contentOf(name, value) };
    },

    assertReadable: () => pingRedis(client),
    /** Resolves when sessions can be kept, too: a full Redis or a replica only reads. */
    assertWritable: async () => {
      await client.set(keys.probe, '1', { expiration: { type: 'EX', value: 10 } });
    },
  };
}
