import type { WebSession } from './web-session.ts';

/** A session as it was read: its data, and what it takes to write it back without undoing anybody's work. */
export interface LoadedSession {
  /** Handlers change this object. */
  readonly data: WebSession;
  /** What `data` was when read or last written, as JSON: equal now means that there is nothing to write. */
  base: string;
  version: number;
  /** When the session began, epoch seconds. */
  readonly createdAt: number;
  /** When it was last seen, epoch seconds, exact to the touch interval. */
  touchedAt: number;
  /** When it ends unless it is touched, epoch seconds: the sooner of idle and absolute lifetime. */
  expiresAt: number;
  /** Sealed by a secret that is on its way out: the next touch writes it anew. */
  isOldSeal: boolean;
}

/**
 * Keeper of server-side sessions; the one seam between the app and where they live. Every method rejects with
 * `SessionStoreUnavailableError` when the store cannot answer. A session that is gone stays gone: only `create`
 * makes one, under an id that was never there. `session-store.suite.ts` holds every implementation to this.
 */
export interface SessionStore {
  /**
   * The session; `revoked` where somebody ended it from elsewhere; undefined where there is none, where it has run
   * out, and where its value is not ours.
   */
  find(id: string): Promise<LoadedSession | 'revoked' | undefined>;
  /** Keeps a new session. */
  create(id: string, data: WebSession): Promise<LoadedSession>;
  /**
   * Writes `loaded.data` where it differs from what was read. What others wrote meanwhile is merged into it
   * first, by top-level fields (merge.ts). Touches it, too. False where the session is gone.
   */
  update(id: string, loaded: LoadedSession): Promise<boolean>;
  /** Extends the idle lifetime, if the last time is at least a touch interval ago. True if it did. */
  touch(id: string, loaded: LoadedSession): Promise<boolean>;
  /** Ends the session; fine where there is none. */
  end(id: string): Promise<void>;
  /** The public name of a session id: what the index and `/sessions` call it. */
  nameOf(id: string): string;
  /** As `find`, by that name. */
  findNamed(name: string): Promise<LoadedSession | 'revoked' | undefined>;
  /** Ends the session from elsewhere: its browser can be told so. */
  revokeNamed(name: string): Promise<void>;
  /** Resolves when sessions can be read, and ended. */
  assertReadable(): Promise<void>;
  /** Resolves when sessions can be kept, too: a Redis that is full or a replica only reads. */
  assertWritable(): Promise<void>;
}
