import { AsyncLocalStorage } from 'node:async_hooks';
import type { Request } from 'express';
import type { SessionStoreUnavailableError } from './errors.ts';
import type { LoadedSession } from './session-store.ts';

/** What is known of the session of one request, from the gate to the end of its answer. */
export interface SessionContext {
  /** When the request came, epoch ms. */
  readonly startedAt: number;
  readonly userAgent: string | undefined;
  /** The id that the browser's cookie names. */
  readonly presentedId: string | undefined;
  /** The session under that id; undefined where it is gone. */
  loaded: LoadedSession | undefined;
  /** It was ended from elsewhere: by its user in another browser, or by the provider. */
  isRevoked: boolean;
  /** The store could not be asked. */
  readonly unavailable: SessionStoreUnavailableError | undefined;
  /** A login is completing: the session that the request came with ends once the new one is kept, not before. */
  isReplaced?: boolean;
  /** Whether the SDK's session cookie goes out: only where something was written that it should tell. */
  sendCookie: boolean;
}

/**
 * Carries the context of a request to the SDK's store, whose methods know nothing but a session id. The guard
 * sees to it that the SDK calls them within the context of the very request whose answer ends.
 */
export interface SessionContexts {
  of(req: Request): SessionContext | undefined;
  current(): SessionContext | undefined;
  run<T>(req: Request, context: SessionContext, work: () => T): T;
  /** Runs `work` within the context that the request got before, if any. */
  resume<T>(req: Request, work: () => T): T;
}

export function createSessionContexts(): SessionContexts {
  const storage = new AsyncLocalStorage<SessionContext>();
  const contexts = new WeakMap<Request, SessionContext>();
  return {
    of: (req) => contexts.get(req),
    current: () => storage.getStore(),
    run: (req, context, work) => {
      contexts.set(req, context);
      return storage.run(context, work);
    },
    resume: (req, work) => {
      const context = contexts.get(req);
      return context ? storage.run(context, work) : work();
    },
  };
}
