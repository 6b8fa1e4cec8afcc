import { CatalogueError } from './catalogue-error.ts';

/** Thrown when Redis cannot be asked. Says nothing about a session: it is there when Redis is back. */
export class SessionStoreUnavailableError extends CatalogueError {
  constructor(cause: unknown) {
    super('SESSION_STORE_UNAVAILABLE', { cause });
  }
}
