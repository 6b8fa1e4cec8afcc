import { CatalogueError } from '../errors/catalogue-error.ts';

/** Thrown when Redis cannot be asked. Says nothing about the session: it is there when Redis is back. */
export class SessionStoreUnavailableError extends CatalogueError {
  constructor(cause: unknown) {
    super('SESSION_STORE_UNAVAILABLE', { cause });
  }
}

/** Thrown for a session that a newer release has written: that one is being rolled out, and this one is to stop. */
export class SessionFormatUnknownError extends SessionStoreUnavailableError {
  constructor(format: string) {
    super(new Error(`a session is kept in format ${format}, which this release does not know yet`));
  }
}

/** What Redis answers, in time. @throws SessionStoreUnavailableError otherwise */
export async function ask<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new SessionStoreUnavailableError(error);
  }
}
