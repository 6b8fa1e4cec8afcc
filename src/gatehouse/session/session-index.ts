import type { DoorConfig } from '../config/door-config.ts';
import type { Redis } from '../platform/redis.ts';
import { SessionUnreadableError } from '../errors/session-store-unavailable.ts';
import { createOwnerLists, LOGIN_SECONDS } from './owner-lists.ts';
import type { OwnerKeys, RedisKeys } from './redis-keys.ts';
import type { SessionStore } from './redis-session-store.ts';
import type { SessionContent } from './session-content.ts';

/** Whose session it is. */
export interface SessionOwner {
  readonly sub: string;
  readonly sid: string | undefined;
}

/** How many sessions are ended, or shown, at a time. */
const BATCH = 200;
const PAGE_SIZE = 50;

export type SessionIndex = ReturnType<typeof createSessionIndex>;

/**
 * Which sessions a user, or one session at the provider, has here: sorted sets of session names, scored by when they
 * end. A session and its entries are on different nodes of a cluster, so no step is atomic with another. Login: enter
 * (which tells whether the owner was signed out meanwhile), then create. Sign-out: note it, then revoke what is
 * entered, which bars what is not created yet. Whichever comes first, one of the two sees the other.
 *
 * An entry goes with its session, or when its score says so: a session that is missing (not created yet), or that we
 * cannot read, proves nothing. An entry lost by a fault comes back with the session's next touch. Every method rejects
 * with `SessionStoreUnavailableError` when Redis cannot answer.
 */
export function createSessionIndex(options: {
  client: Redis;
  keys: RedisKeys;
  store: SessionStore;
  config: Pick<DoorConfig, 'session' | 'sessionsPerUser'>;
  /** Gives the refresh tokens of ended sessions back to the provider. */
  giveBack: (ended: readonly SessionContent[]) => void;
  now?: () => number;
}) {
  const { client, keys, store, config, giveBack, now = Date.now } = options;
  const { absoluteSeconds } = config.session;
  const lists = createOwnerLists(client, config, now);
  const nowSeconds = () => Math.floor(now() / 1000);
  const ownerKeysOf = ({ sub, sid }: SessionOwner) => [
    keys.ofSubject(sub),
    ...(sid === undefined ? [] : [keys.ofProviderSession(sid)]),
  ];

  const enterAll = (name: string, owner: SessionOwner, createdAt: number) =>
    Promise.all(ownerKeysOf(owner).map((key) => lists.enter(key, name, createdAt)));

  /** Ends these and takes those that existed off the list. `survivor` lives on. Resolves with how many. */
  async function endNames(list: string, names: readonly string[], survivor?: SessionOwner): Promise<number> {
    const revoked = await Promise.all(names.map((name) => store.revoke(name)));
    const ended = names.filter((_, n) => revoked[n]?.wasThere);
    if (ended.length > 0) await client.zRem(list, ended);
    giveBackOf(
      revoked.flatMap(({ content }) => content ?? []),
      survivor,
    );
    return ended.length;
  }

  /**
   * Gives back what these sessions held, unless `survivor` may hold a token of the same grant: providers may revoke all
   * with one (RFC 7009 section 2.1).
   */
  function giveBackOf(ended: readonly SessionContent[], survivor?: SessionOwner): void {
    const isAlone = (sid?: string) => sid !== undefined && survivor?.sid !== undefined && sid !== survivor.sid;
    giveBack(ended.filter(({ sid }) => !survivor || isAlone(sid)));
  }

  /** Ends what a list names, in batches that shorten it: a second attempt gets further. */
  async function endAll(list: string, except?: SessionOwner & { readonly name: string }): Promise<number> {
    let count = 0;
    for (let passed = 0; ;) {
      const names = await client.zRangeByScore(list, nowSeconds(), '+inf', { offset: passed, count: BATCH });
      if (names.length === 0) return count;
      const others = names.filter((name) => name !== except?.name);
      const ended = await endNames(list, others, except);
      count += ended;
      passed += names.length - ended;
    }
  }

  /** Ends every session of an owner, and the logins under way. Resolves with how many. */
  async function endOwner(owner: OwnerKeys): Promise<number> {
    await lists.note(owner);
    return endAll(owner.list);
  }

  /** A session as the list shows it; `gone` where there is none, undefined where we cannot tell. */
  async function look(id: string) {
    try {
      const found = await store.find(id);
      if (typeof found !== 'object') return 'gone';
      const [createdAt, lastSeenAt] = [new Date(found.createdAt * 1000), new Date(found.touchedAt * 1000)];
      return { id, createdAt, lastSeenAt, userAgent: found.content.user_agent };
    } catch (error) {
      if (error instanceof SessionUnreadableError) return undefined;
      throw error;
    }
  }

  return {
    /**
     * Enters a session that is being created. Tells whether its owner was signed out since the login was begun (a
     * provider's session that has ended never begins another), and otherwise which sessions are too many.
     */
    enter: async (name: string, owner: SessionOwner, createdAt: number, begunAtMs: number) => {
      const [ofSubject, ofProvider] = await enterAll(name, owner, createdAt);
      const wasSignedOut = (ofSubject?.endedAt ?? 0) >= begunAtMs || ofProvider?.endedAt !== undefined;
      return { wasSignedOut, surplus: ofSubject?.surplus ?? [] };
    },

    /** Enters a living session again, in case a fault had lost its entry. */
    enterAgain: enterAll,

    /** Takes an ended session out. */
    remove: async (name: string, owner: SessionOwner) => {
      await Promise.all(ownerKeysOf(owner).map(({ list }) => client.zRem(list, name)));
    },

    /** Ends the sessions that a user has too many of. */
    endSurplus: (names: readonly string[], owner: SessionOwner) =>
      endNames(keys.ofSubject(owner.sub).list, names, owner),

    /** Gives back what a session held that one of `owner` replaced. */
    giveBack: (replaced: SessionContent, owner: SessionOwner) => giveBackOf([replaced], owner),

    /** The sessions of a user (the provider's `sub`), newest first, by pages from 1. */
    list: async (sub: string, page = 1) => {
      const { list } = keys.ofSubject(sub);
      const first = (page - 1) * PAGE_SIZE;
      const newest = await client.zRangeNewest(list, first, first + PAGE_SIZE);
      const names = newest.slice(0, PAGE_SIZE);
      const found = await Promise.all(names.map(async ({ value, score }) => ({ value, score, is: await look(value) })));
      // A login that has entered its session may be about to create it.
      const settled = nowSeconds() + absoluteSeconds - LOGIN_SECONDS;
      const gone = found.filter(({ is, score }) => is === 'gone' && score < settled).map(({ value }) => value);
      if (gone.length > 0) await client.zRem(list, gone);
      const sessions = found.flatMap(({ is }) => (typeof is === 'object' ? [is] : []));
      return { sessions, hasMore: newest.length > PAGE_SIZE };
    },

    /** Ends one session of this user. False where `id` is not one of theirs. */
    revoke: async (owner: SessionOwner, id: string) => {
      const { list } = keys.ofSubject(owner.sub);
      if ((await client.zScore(list, id)) === null) return false;
      await endNames(list, [id], owner);
      return true;
    },

    /** Ends every session of a user. */
    endSubject: (sub: string) => endOwner(keys.ofSubject(sub)),

    /** Ends every session of this one's user except this one. */
    endOthers: (session: SessionOwner & { readonly name: string }) => endAll(keys.ofSubject(session.sub).list, session),

    /** Ends the sessions of one session at the provider (its `sid`), even those being created. */
    endProviderSession: (sid: string) => endOwner(keys.ofProviderSession(sid)),

    /** Whether this logout token was carried out before. */
    knowsLogoutToken: async (jti: string) => (await client.get(keys.logoutToken(jti))) !== null,

    rememberLogoutToken: async (jti: string, seconds: number) => {
      await client.set(keys.logoutToken(jti), '1', { expiration: { type: 'EX', value: seconds } });
    },
  };
}
