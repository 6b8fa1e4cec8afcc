import type { Request } from 'express';
import type { Redis } from '../platform/redis.ts';
import { type IsHeld, withLease } from './lease.ts';
import { rebase } from './merge.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { WritableSessionIndex } from './redis-session-index.ts';
import { ownerOf } from './session-owner.ts';
import type { SessionContexts } from './session-context.ts';
import type { LoadedSession, SessionStore } from './session-store.ts';
import type { WebSession } from './web-session.ts';

/**
 * A request's session for work that outlives the request: a page may give up on a slow provider, and what the
 * provider answers is kept all the same.
 */
export interface DetachedSession {
  /** The same for every request of the session. */
  readonly key: string;
  /** Runs `work` while nobody else runs any on this session. @throws SessionStoreUnavailableError */
  exclusively<T>(work: (isHeld: IsHeld) => Promise<T>): Promise<T>;
  /** The session as it is now, to be changed and written; undefined where it is gone. */
  read(): Promise<WebSession | undefined>;
  /** Keeps what was read and changed. False where the session is gone. */
  write(): Promise<boolean>;
  end(): Promise<void>;
  /** Brings a request of this session up to what was read or written last; also where it is gone. */
  adopt(req: Request): void;
}

/** Detached sessions in Redis; undefined where the request has none. */
export function detachedInRedis(parts: {
  client: Redis;
  keys: RedisKeys;
  store: SessionStore;
  index: WritableSessionIndex;
  contexts: SessionContexts;
}): (req: Request) => DetachedSession | undefined {
  const { client, keys, store, index, contexts } = parts;
  return (req) => {
    const { loaded, presentedId: id } = contexts.of(req) ?? {};
    if (!loaded || id === undefined) return undefined;
    const name = store.nameOf(id);
    let latest: LoadedSession | undefined;
    let gone: 'ended' | 'revoked' | undefined;
    return {
      key: name,
      exclusively: (work) => withLease(client, keys.lease(name), work),
      read: async () => {
        const found = await store.find(id);
        latest = found === 'revoked' ? undefined : found;
        gone = latest ? undefined : found === 'revoked' ? 'revoked' : 'ended';
        return latest?.data;
      },
      write: async () => {
        if (latest && (await store.update(id, latest))) return true;
        gone = (await store.find(id)) === 'revoked' ? 'revoked' : 'ended';
        return false;
      },
      end: async () => {
        const owner = ownerOf(latest?.data ?? loaded.data);
        await store.end(id);
        gone = 'ended';
        // What fails here is tidied by the next that looks.
        await (owner && index.remove(name, owner))?.catch(() => undefined);
      },
      adopt: (of) => {
        const context = contexts.of(of);
        if (context && gone) {
          // Nothing more is written to it, nor is the mark of a revocation taken away.
          context.loaded = undefined;
          context.isRevoked = gone === 'revoked';
        }
        if (context?.loaded && latest && context.loaded.version < latest.version) {
          rebase(context.loaded, latest);
        }
      },
    };
  };
}
