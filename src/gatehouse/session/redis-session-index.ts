import type { Redis } from '../platform/redis.ts';
import { ask } from './errors.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { SessionIndex, SessionSummary } from './session-index.ts';
import type { SessionOwner } from './session-owner.ts';
import type { LoadedSession, SessionStore } from './session-store.ts';

/** How long a login may be on its way when its user is signed out by the provider. */
const COMPLETING_SECONDS = 300;

/** The index, with what only the keeper of sessions calls. */
export interface WritableSessionIndex extends SessionIndex {
  /** Enters a session that is about to be created, under its owner. */
  add(name: string, owner: SessionOwner, endsAtSeconds: number): Promise<void>;
  /** Takes an ended session out; what fails here is tidied by the next that looks. */
  remove(name: string, owner: SessionOwner): Promise<void>;
  /** Whether the owner was signed out since `startedAtMs`, when the login began to complete. */
  wasEndedSince(owner: SessionOwner, startedAtMs: number): Promise<boolean>;
}

/**
 * Sorted sets of session names, scored with when they end. A session and its entries are on different nodes of
 * a cluster, so no step is atomic with another; the order makes up for it. Login: enter, create, then look
 * whether the owner was signed out meanwhile. Sign-out: note it, then end what is entered. Whichever comes
 * first, one of the two sees the other.
 */
export function createSessionIndex(options: {
  client: Redis;
  keys: RedisKeys;
  store: SessionStore;
  /** The public name of the session that a request belongs to. */
  nameOf: (req: object) => string | undefined;
  now?: () => number;
}): WritableSessionIndex {
  const { client, keys, store, nameOf, now = Date.now } = options;
  const nowSeconds = () => Math.floor(now() / 1000);
  const listsOf = ({ sub, sid }: SessionOwner) => [
    keys.ofSubject(sub),
    ...(sid ? [keys.ofProviderSession(sid)] : []),
  ];

  async function namesIn(list: string): Promise<string[]> {
    return ask(client.zRangeByScore(list, nowSeconds(), '+inf'));
  }

  /** Ends what a list names, after noting it for logins that are just completing. */
  async function endAll(list: string, note: string | undefined, exceptName?: string): Promise<number> {
    if (note) {
      const expiration = { type: 'EX', value: COMPLETING_SECONDS } as const;
      await ask(client.set(note, String(now()), { expiration }));
    }
    const names = (await namesIn(list)).filter((name) => name !== exceptName);
    await Promise.all(names.map((name) => store.revokeNamed(name)));
    if (names.length > 0) await ask(client.zRem(list, names));
    return names.length;
  }

  return {
    add: async (name, owner, endsAtSeconds) => {
      for (const list of listsOf(owner)) {
        await ask(client.zRemRangeByScore(list, '-inf', nowSeconds()));
        await ask(client.zAdd(list, { score: endsAtSeconds, value: name }));
        // All sessions live equally long, so the newest is the last to end.
        await ask(client.expireAt(list, endsAtSeconds));
      }
    },

    remove: async (name, owner) => {
      await Promise.all(listsOf(owner).map((list) => ask(client.zRem(list, name))));
    },

    wasEndedSince: async ({ sub, sid }, startedAtMs) => {
      const notes = [keys.subjectEnded(sub), ...(sid ? [keys.providerSessionEnded(sid)] : [])];
      const times = await Promise.all(notes.map((note) => ask(client.get(note))));
      return times.some((time) => time !== null && Number(time) >= startedAtMs);
    },

    list: async (sub) => {
      const list = keys.ofSubject(sub);
      const names = await namesIn(list);
      const found = await Promise.all(
        names.map(async (name) => ({ name, session: await store.findNamed(name) })),
      );
      const gone = found.filter(({ session }) => !isAlive(session)).map(({ name }) => name);
      if (gone.length > 0) await ask(client.zRem(list, gone));
      return found
        .flatMap(({ name, session }) => (isAlive(session) ? [summary(name, session)] : []))
        .sort((a, b) => b.createdAt - a.createdAt);
    },

    revoke: async (sub, id) => {
      const isTheirs = (await ask(client.zScore(keys.ofSubject(sub), id))) !== null;
      if (!isTheirs) return false;
      await store.revokeNamed(id);
      await ask(client.zRem(keys.ofSubject(sub), id));
      return true;
    },

    endSubject: (sub, exceptId) =>
      // Signing out elsewhere must not catch a login that is just completing; the provider's word must.
      endAll(keys.ofSubject(sub), exceptId === undefined ? keys.subjectEnded(sub) : undefined, exceptId),

    endProviderSession: (sid) => endAll(keys.ofProviderSession(sid), keys.providerSessionEnded(sid)),

    knowsLogoutToken: async (jti) => (await ask(client.get(keys.logoutToken(jti)))) !== null,

    rememberLogoutToken: async (jti, seconds) => {
      await ask(client.set(keys.logoutToken(jti), '1', { expiration: { type: 'EX', value: seconds } }));
    },

    idOf: nameOf,
  };
}

function isAlive(session: LoadedSession | 'revoked' | undefined): session is LoadedSession {
  return session !== undefined && session !== 'revoked';
}

function summary(id: string, { createdAt, touchedAt, data }: LoadedSession): SessionSummary {
  return { id, createdAt: createdAt * 1000, lastSeenAt: touchedAt * 1000, userAgent: data.user_agent };
}
