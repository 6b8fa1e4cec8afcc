import type { Request, RequestHandler } from 'express';
import type { WebConfig } from '../config/web-config.ts';
import type { Redis } from '../platform/redis.ts';
import { detachedInRedis, type DetachedSession } from './detached-session.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createSessionIndex } from './redis-session-index.ts';
import { createRedisSessionStore } from './redis-session-store.ts';
import { createSdkSessionStore, type SdkSessionStore } from './sdk-session-store.ts';
import { createSessionContexts, type SessionContexts } from './session-context.ts';
import { sessionGate } from './session-gate.ts';
import type { SessionIndex } from './session-index.ts';

/** Sessions in Redis: what the web app needs of them. */
export interface Sessions {
  /** Before the SDK: reads the session. */
  readonly gate: RequestHandler;
  /** For the SDK: its `session.store`. */
  readonly sdkStore: SdkSessionStore;
  /** What is known of a request's session. */
  readonly contexts: SessionContexts;
  readonly index: SessionIndex;
  /** A login is completing in this request: its session takes the place of the one before, once it is kept. */
  replace(req: Request): void;
  /** The session of a request, for work that outlives it. */
  readonly detach: (req: Request) => DetachedSession | undefined;
  /** Resolves when the session of this request was read, or could be. @throws SessionStoreUnavailableError */
  assertReadable(req: Request): Promise<void>;
  /** Resolves when sessions can be kept, too. @throws SessionStoreUnavailableError */
  assertWritable(req: Request): Promise<void>;
}

export function createSessions(
  config: Pick<WebConfig, 'issuer' | 'clientId' | 'secrets' | 'session'>,
  client: Redis,
  cookieName: string,
): Sessions {
  const keys = createRedisKeys(`${config.issuer} ${config.clientId}`);
  const contexts = createSessionContexts();
  const store = createRedisSessionStore({ client, keys, config });
  const nameOf = (req: object) => {
    const context = contexts.of(req as Request);
    return context?.loaded && context.presentedId ? keys.nameOf(context.presentedId) : undefined;
  };
  const index = createSessionIndex({ client, keys, store, nameOf });
  const { absoluteSeconds } = config.session;
  return {
    gate: sessionGate({ store, contexts, cookieName }),
    sdkStore: createSdkSessionStore({ store, index, contexts, absoluteSeconds }),
    contexts,
    index,
    replace: (req) => {
      const context = contexts.of(req);
      if (context) context.isReplaced = true;
    },
    detach: detachedInRedis({ client, keys, store, index, contexts }),
    assertReadable: async (req) => {
      const context = contexts.of(req);
      if (context?.unavailable) throw context.unavailable;
      // A session that was read just now is as good as an answer to a question of its own.
      if (!context?.loaded) await store.assertReadable();
    },
    assertWritable: async (req) => {
      const unavailable = contexts.of(req)?.unavailable;
      if (unavailable) throw unavailable;
      await store.assertWritable();
    },
  };
}
