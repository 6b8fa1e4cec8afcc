import type { DoorConfig } from '../config/door-config.ts';
import { addCookies, type CookieLines, cookieName, cookiePairs } from '../platform/cookies.ts';
import type { Observe } from '../platform/events.ts';
import type { Logger } from '../platform/logger.ts';
import type { Redis } from '../platform/redis.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { withLease } from './lease.ts';
import { MAX_DATA_BYTES } from './own-data.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createSecretsInUse } from './secrets-in-use.ts';
import { createSessionIndex, type SessionOwner } from './session-index.ts';
import { createRedisSessionStore, type Found } from './redis-session-store.ts';
import { aboutSession, type SessionContent } from './session-content.ts';
import { sessionCookie } from './session-cookie.ts';
import { endsAt } from './session-lifetime.ts';
import type { Opened, Session, Sessions } from './sessions.ts';
import type { StoredSession } from './stored-session.ts';

/** What a session was last read or written as, for other requests of the same session. */
const STORED = Symbol('stored');
type RedisSession = Session & { readonly [STORED]: () => StoredSession };

/** Sessions in Redis: the browser has only a signed id. */
export function createRedisSessions(options: {
  readonly client: Redis;
  readonly config: Pick<DoorConfig, 'issuer' | 'clientId' | 'secrets' | 'session' | 'sessionsPerUser'>;
  readonly cookieName: string;
  readonly lines: CookieLines;
  readonly log: Logger;
  readonly observe: Observe;
  /** Gives the refresh tokens of sessions that ended here, but not by their user, back to the provider. */
  readonly giveBack: (ended: readonly SessionContent[]) => void;
}): Sessions {
  const { client, config, lines, log, observe, giveBack } = options;
  const keys = createRedisKeys(`${config.issuer} ${config.clientId}`);
  const secretsInUse = createSecretsInUse(client, keys, config.secrets);
  const store = createRedisSessionStore({ client, keys, config, secretsInUse, observe });
  const index = createSessionIndex({ client, keys, store, config, giveBack });
  const cookie = sessionCookie(options.cookieName, config.secrets);
  const warnOfTwo = () => log.warn({ cookie: cookie.name }, 'two session cookies at once: neither is taken');
  const ownerOf = ({ claims, sid }: SessionContent) => ({ sub: claims.sub, sid });

  function lineFor(id: string, session: StoredSession): string {
    return lines.set(cookie.name, cookie.valueFor(id), endsAt(session, config.session) - Date.now() / 1000);
  }

  function sessionOf(stored: StoredSession): RedisSession {
    let current = stored;
    let gone: Session['gone'];
    const take = (found: Found): boolean => {
      if (typeof found === 'object') current = found;
      gone = typeof found === 'object' ? undefined : (found ?? 'ended');
      return gone === undefined;
    };
    return {
      [STORED]: () => current,
      name: stored.name,
      createdAt: stored.createdAt,
      get touchedAt() {
        return current.touchedAt;
      },
      get content() {
        return current.content;
      },
      get gone() {
        return gone;
      },
      change: async (change) => gone === undefined && take(await store.update(current, change)),
      reload: async () => take(await store.find(stored.name)),
      exclusively: (work) =>
        withLease(client, keys.lease(stored.name), (isHeld, waitedMs) => {
          if (waitedMs > 0) observe({ event: 'renewal.waited', seconds: waitedMs / 1000 });
          return work(isHeld);
        }),
      follow: (other) => {
        gone ??= other.gone;
        const theirs = (other as Partial<RedisSession>)[STORED]?.();
        if (theirs && theirs.version > current.version) current = theirs;
      },
      end: async () => {
        await store.end(stored.name);
        gone ??= 'ended';
        // If this fails, the next to look tidies up.
        void index.remove(stored.name, ownerOf(current.content)).catch(() => undefined);
      },
    };
  }

  async function endSurplus(names: readonly string[], content: SessionContent, owner: SessionOwner): Promise<void> {
    const count = await index.endSurplus(names, owner);
    if (count > 0) observe({ event: 'session.revoked', by: 'limit', count, sub: aboutSession(content).sub });
  }

  return {
    index,
    areInCookies: false,
    maxDataBytes: MAX_DATA_BYTES,
    assertReadable: store.assertReadable,
    assertWritable: store.assertWritable,
    orGone: secretsInUse.orGone,
    stop: secretsInUse.stop,

    open: async (req, res): Promise<Opened> => {
      secretsInUse.announce();
      try {
        const id = await secretsInUse.orGone(() => cookie.idIn(req.headers.cookie, warnOfTwo));
        if (id === undefined) return { standing: 'anonymous' };
        const found = await store.find(keys.nameOf(id));
        if (found === undefined) return { standing: 'anonymous' };
        if (found === 'revoked') {
          addCookies(res, [lines.clear(cookie.name)]); // told once
          return { standing: 'signed out elsewhere' };
        }
        // Nothing is lost if a touch fails: the page is whole, and the next request tries again.
        const touched = await store.touch(found).catch(() => undefined);
        if (touched) {
          addCookies(res, [lineFor(id, touched)]);
          await index.enterAgain(found.name, ownerOf(found.content), found.createdAt).catch(() => undefined);
        }
        return { standing: 'signed in', session: sessionOf(touched ?? found) };
      } catch (error) {
        if (!(error instanceof SessionStoreUnavailableError)) throw error;
        return { standing: 'unknown', cause: error };
      }
    },

    begin: async (before, content, begunAtMs) => {
      const id = cookie.newId();
      const name = keys.nameOf(id);
      const owner = ownerOf(content);
      const [{ wasSignedOut, surplus }, stored] = await Promise.all([
        index.enter(name, owner, Math.floor(Date.now() / 1000), begunAtMs),
        store.create(name, content),
      ]);
      if (wasSignedOut || !stored) {
        await Promise.all([store.end(name), index.remove(name, owner)]);
        return [];
      }
      await Promise.all([
        endSurplus(surplus, content, owner),
        // The new session is what counts: if the old one cannot be ended now, it expires.
        before?.end().then(
          () => index.giveBack(before.content, owner),
          () => undefined,
        ),
      ]);
      return [lineFor(id, stored)];
    },

    forget: (req, res) => {
      const isThere = cookiePairs(req.headers.cookie).some((pair) => cookieName(pair) === cookie.name);
      if (isThere) addCookies(res, [lines.clear(cookie.name)]);
    },
  };
}
