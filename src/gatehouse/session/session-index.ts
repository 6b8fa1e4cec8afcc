import type { Redis } from '../platform/redis.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { SessionStore } from './redis-session-store.ts';
import type { StoredSession } from './stored-session.ts';

/** One signed-in browser of a user. */
export interface SessionSummary {
  /** Names the session on pages; neither the cookie's value nor of use anywhere else. */
  readonly id: string;
  /** epoch ms */
  readonly createdAt: number;
  /** epoch ms, exact to a minute */
  readonly lastSeenAt: number;
  /** What the browser said of itself at login; untrusted text. */
  readonly userAgent: string | undefined;
}

/** Whose session it is. */
export interface SessionOwner {
  readonly sub: string;
  readonly sid: string | undefined;
}

/** How long a login may be on its way when its user is signed out by the provider. */
const COMPLETING_SECONDS = 300;

/** KEYS[1] list, ARGV name, when it ends, now. All sessions live equally long, so the newest is the last to end. */
const ENTER = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return redis.call('EXPIREAT', KEYS[1], ARGV[2])`;

export type SessionIndex = ReturnType<typeof createSessionIndex>;

/**
 * Which sessions a user, or one session at the provider, has here: sorted sets of session names, scored with when they
 * end. A session and its entries are on different nodes of a cluster, so no step is atomic with another; the order makes
 * up for it. Login: enter and create, then look whether the owner was signed out meanwhile. Sign-out: note it, then end
 * what is entered. Whichever comes first, one of the two sees the other. Every method rejects with
 * `SessionStoreUnavailableError` when Redis cannot answer.
 */
export function createSessionIndex(options: {
  client: Redis;
  keys: RedisKeys;
  store: SessionStore;
  now?: () => number;
}) {
  const { client, keys, store, now = Date.now } = options;
  const nowSeconds = () => Math.floor(now() / 1000);
  const listsOf = ({ sub, sid }: SessionOwner) => [keys.ofSubject(sub), ...(sid ? [keys.ofProviderSession(sid)] : [])];

  async function namesIn(list: string): Promise<string[]> {
    return client.zRangeByScore(list, nowSeconds(), '+inf');
  }

  /** Ends what a list names, after noting it for logins that are just completing. */
  async function endAll(list: string, note: string | undefined, exceptName?: string): Promise<number> {
    if (note) {
      const expiration = { type: 'EX', value: COMPLETING_SECONDS } as const;
      await client.set(note, String(now()), { expiration });
    }
    const names = (await namesIn(list)).filter((name) => name !== exceptName);
    await Promise.all(names.map((name) => store.revoke(name)));
    if (names.length > 0) await client.zRem(list, names);
    return names.length;
  }

  return {
    /** Enters a session that is about to be created, under its owner. */
    add: async (name: string, owner: SessionOwner, endsAtSeconds: number) => {
      const args = [name, endsAtSeconds, nowSeconds()].map(String);
      await Promise.all(listsOf(owner).map((list) => client.eval(ENTER, { keys: [list], arguments: args })));
    },

    /** Takes an ended session out; what fails here is tidied by the next that looks. */
    remove: async (name: string, owner: SessionOwner) => {
      await Promise.all(listsOf(owner).map((list) => client.zRem(list, name)));
    },

    /** Whether the owner was signed out since a login of theirs began to complete. */
    wasEndedSince: async ({ sub, sid }: SessionOwner, startedAtMs: number) => {
      const notes = [keys.subjectEnded(sub), ...(sid ? [keys.providerSessionEnded(sid)] : [])];
      const times = await Promise.all(notes.map((note) => client.get(note)));
      return times.some((time) => time !== null && Number(time) >= startedAtMs);
    },

    /** The sessions of a user (the provider's `sub`), newest first. */
    list: async (sub: string): Promise<readonly SessionSummary[]> => {
      const list = keys.ofSubject(sub);
      const names = await namesIn(list);
      const found = await Promise.all(names.map(async (name) => ({ name, session: await store.find(name) })));
      const gone = found.filter(({ session }) => typeof session !== 'object').map(({ name }) => name);
      if (gone.length > 0) await client.zRem(list, gone);
      return found
        .flatMap(({ name, session }) => (typeof session === 'object' ? [summary(name, session)] : []))
        .sort((a, b) => b.createdAt - a.createdAt);
    },

    /** Ends one session of this user. False where `id` is none of theirs. */
    revoke: async (sub: string, id: string) => {
      const isTheirs = (await client.zScore(keys.ofSubject(sub), id)) !== null;
      if (!isTheirs) return false;
      await store.revoke(id);
      await client.zRem(keys.ofSubject(sub), id);
      return true;
    },

    /** Ends every session of a user but `exceptId`, and the logins that are just completing. Answers how many. */
    endSubject: (sub: string, exceptId?: string) =>
      // Signing out elsewhere must not catch a login that is just completing; the provider's word must.
      endAll(keys.ofSubject(sub), exceptId === undefined ? keys.subjectEnded(sub) : undefined, exceptId),

    /** Ends the sessions of one session at the provider (its `sid`), also those just completing. */
    endProviderSession: (sid: string) => endAll(keys.ofProviderSession(sid), keys.providerSessionEnded(sid)),

    /** Whether this logout token was carried out before. */
    knowsLogoutToken: async (jti: string) => (await client.get(keys.logoutToken(jti))) !== null,

    rememberLogoutToken: async (jti: string, seconds: number) => {
      await client.set(keys.logoutToken(jti), '1', { expiration: { type: 'EX', value: seconds } });
    },
  };
}

function summary(id: string, { createdAt, touchedAt, content }: StoredSession): SessionSummary {
  return { id, createdAt: createdAt * 1000, lastSeenAt: touchedAt * 1000, userAgent: content.user_agent };
}
