import { CatalogueError } from './catalogue-error.ts';

/** Thrown when Redis cannot be asked. Says nothing about the session, which is there when Redis is back. */
export class SessionStoreUnavailableError extends CatalogueError {
  constructor(cause: unknown, code: 'SESSION_STORE_UNAVAILABLE' | 'SESSION_UNREADABLE' = 'SESSION_STORE_UNAVAILABLE') {
    super(code, { cause });
  }
}

/**
 * Thrown for what another process has written, and this one cannot read: it uses a secret or a format that we do not
 * know, as a new release or secret is being rolled out. That is not "gone": nobody is signed out for it.
 */
export class SessionUnreadableError extends SessionStoreUnavailableError {
  constructor(reason: string) {
    super(new Error(reason), 'SESSION_UNREADABLE');
  }
}
