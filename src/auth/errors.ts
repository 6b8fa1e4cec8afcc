import { AppError } from '../platform/app-error.ts';

/** Thrown when the OpenID provider cannot be asked: unreachable, silent or answering nonsense. */
export class ProviderUnavailableError extends AppError {
  constructor(cause: unknown, action?: { label: string; href: string }) {
    super({
      code: 'PROVIDER_UNAVAILABLE',
      status: 503,
      title: 'Sign-in is not available right now',
      message:
        'The service that signs people in does not answer. That usually passes in a minute. Nothing is lost: try again then.',
      action,
      retryAfterSeconds: 10,
      cause,
    });
  }
}

/** Thrown when a session is too large for the browser's cookies. */
export class SessionTooLargeError extends AppError {
  constructor(bytes: number) {
    super({
      code: 'SESSION_TOO_LARGE',
      status: 431,
      title: 'This account does not fit into a cookie',
      message: `The session of this account takes ${Math.ceil(bytes / 1024)} kB; cookies carry up to 12 kB. Whoever runs this app can set REDIS_URL: sessions then live in Redis and may be of any size.`,
    });
  }
}

/** Thrown when a login comes back and cannot be finished. Its action begins it again. */
export class LoginFailedError extends AppError {}
