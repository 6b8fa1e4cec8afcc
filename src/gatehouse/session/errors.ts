import { AppError } from '../errors/app-error.ts';

/** Thrown when Redis cannot be asked. Says nothing about the session: it is there when Redis is back. */
export class SessionStoreUnavailableError extends AppError {
  constructor(cause: unknown) {
    super('SESSION_STORE_UNAVAILABLE', { cause });
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
