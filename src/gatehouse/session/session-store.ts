import type { SessionContent } from './session-content.ts';
import type { StoredSession } from './stored-session.ts';

/** What was found under a name: a session, the mark of one that was ended from elsewhere, or nothing. */
export type Found = StoredSession | 'revoked' | undefined;

/** Changes a content in place; may run more than once, each time on the newest content. */
export type Change = (content: SessionContent) => void;

/**
 * Keeper of server-side sessions, by their public names. Every method rejects with `SessionStoreUnavailableError` when
 * the store cannot answer. A session that is gone stays gone: only `create` makes one, under a name that was never
 * there. `session-store.suite.ts` holds every implementation to this.
 */
export interface SessionStore {
  /** Nothing also where a session has run out, and where the value is not ours. */
  find(name: string): Promise<Found>;
  /** Keeps a new session; one that is there already stays as it is. */
  create(name: string, content: SessionContent): Promise<StoredSession>;
  /** Changes what is there now, whatever was read, and touches it. Answers with what it is now. */
  update(session: StoredSession, change: Change): Promise<Found>;
  /** Extends the idle lifetime, if a touch is due. Undefined where it did not. */
  touch(session: StoredSession): Promise<StoredSession | undefined>;
  /** Ends the session; fine where there is none. */
  end(name: string): Promise<void>;
  /** Ends the session from elsewhere: its browser can be told so. */
  revoke(name: string): Promise<void>;
  /** Resolves when sessions can be read, and ended. */
  assertReadable(): Promise<void>;
  /** Resolves when sessions can be kept, too: a Redis that is full or a replica only reads. */
  assertWritable(): Promise<void>;
}
