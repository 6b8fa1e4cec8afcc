import { AppError } from '../platform/app-error.ts';

/** Thrown when Redis cannot be asked. Says nothing about the session: it is there when Redis is back. */
export class SessionStoreUnavailableError extends AppError {
  constructor(cause: unknown) {
    super({
      code: 'SESSION_STORE_UNAVAILABLE',
      status: 503,
      title: 'We cannot look up your session right now',
      message:
        'The place where sessions are kept does not answer. If you were signed in, you still are: try again in a few seconds.',
      retryAfterSeconds: 5,
      cause,
    });
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
