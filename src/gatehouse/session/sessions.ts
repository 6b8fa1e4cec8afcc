import type { Request, Response } from 'express';
import type { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import type { IsHeld } from './lease.ts';
import type { KeptSession, SessionContent } from './session-content.ts';
import type { SessionIndex } from './session-index.ts';
import type { Change } from './redis-session-store.ts';

/**
 * The session of somebody who is signed in, as everything above the two keepers uses it. It outlives its request: a
 * page may give up on a slow provider, and what the provider answers is still kept.
 */
export interface Session extends KeptSession {
  /** Names the session on pages and in the index; not a cookie, and of no use as one. */
  readonly name: string;
  /** As it was last read or written; to be changed by `change` only. */
  readonly content: SessionContent;
  /** Set if it has ended since it was read: here, or from elsewhere. */
  readonly gone: 'ended' | 'revoked' | undefined;
  /**
   * Changes what is kept, whatever others wrote meanwhile. False where the session is gone.
   * @throws SessionStoreUnavailableError, CatalogueError SESSION_TOO_LARGE
   */
  change(change: Change): Promise<boolean>;
  /** Updates `content` to what is kept now. False where the session is gone. @throws SessionStoreUnavailableError */
  reload(): Promise<boolean>;
  /** Runs `work` while nobody else does so on this session. @throws SessionStoreUnavailableError */
  exclusively<T>(work: (isHeld: IsHeld) => Promise<T>): Promise<T>;
  /** Takes over what another request of the same session has read, written or ended. */
  follow(other: Session): void;
  /** @throws SessionStoreUnavailableError */
  end(): Promise<void>;
}

/** What a request's cookie leads to. */
export type Opened =
  | { readonly standing: 'signed in'; readonly session: Session }
  | { readonly standing: 'anonymous' | 'signed out elsewhere'; readonly session?: undefined }
  | { readonly standing: 'unknown'; readonly session?: undefined; readonly cause: SessionStoreUnavailableError };

/** The one seam of sessions: kept in Redis, or sealed in cookies. */
export interface Sessions {
  /** Reads the session of a request, and touches it if due; the answer then renews its cookie. */
  open(req: Request, res: Response): Promise<Opened>;
  /**
   * Begins a session in place of the one that the request came with. Resolves with the lines for `Set-Cookie`; none
   * where its owner was signed out since the login was begun. @throws SessionStoreUnavailableError
   */
  begin(before: Session | undefined, content: SessionContent, begunAtMs: number): Promise<readonly string[]>;
  /**
   * What `read` returns; undefined where it needs a secret that no process uses any more. If another process uses it,
   * nothing is gone: a new secret is being rolled out. @throws UnknownSecretError, SessionStoreUnavailableError
   */
  orGone<T>(read: () => T): Promise<T | undefined>;
  /** Takes the cookies of a session away from the browser. */
  forget(req: Request, res: Response): void;
  /** Whether what is written must go out with the answer to the same request. */
  readonly areInCookies: boolean;
  /** How much of the host's own data they take, as JSON in UTF-8; Infinity where only the total size counts. */
  readonly maxDataBytes: number;
  /** Where users are signed in; undefined where sessions live in cookies, which nobody can list. */
  readonly index: SessionIndex | undefined;
  /** Resolves when sessions can be read, and ended. @throws SessionStoreUnavailableError */
  assertReadable(): Promise<void>;
  /** Resolves when sessions can be kept, too. @throws SessionStoreUnavailableError */
  assertWritable(): Promise<void>;
  stop(): void;
}
