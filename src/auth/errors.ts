import { AppError } from '../platform/app-error.ts';
import { type ProviderFault, providerFault } from '../platform/provider-fault.ts';

const TROUBLE = {
  away: {
    code: 'PROVIDER_UNAVAILABLE',
    status: 503,
    title: 'Sign-in is not available right now',
    message:
      'The service that signs people in does not answer. That usually passes in a minute. Nothing is lost: try again then.',
    retryAfterSeconds: 10,
  },
  slow: {
    code: 'PROVIDER_TIMEOUT',
    status: 504,
    title: 'Sign-in is slow right now',
    message:
      'The service that signs people in takes too long to answer. Nothing is lost: try again in a few seconds.',
    retryAfterSeconds: 5,
  },
  busy: {
    code: 'RATE_LIMITED',
    status: 503,
    title: 'Sign-in is busy right now',
    message:
      'The service that signs people in has had too many requests and asks for a moment. Nothing is lost: try again then.',
    retryAfterSeconds: 5,
  },
  nonsense: {
    code: 'PROVIDER_UNREADABLE',
    status: 502,
    title: 'Sign-in answers something strange',
    message:
      'The service that signs people in sent no usable answer. Usually its address or the client in the configuration is wrong, or a proxy in between answers in its place. Whoever runs this app finds the reason in the log.',
  },
} as const;

/** Thrown when the OpenID provider cannot be asked: unreachable, silent, overrun or answering nonsense. */
export class ProviderUnavailableError extends AppError {
  readonly fault: ProviderFault;

  constructor(
    cause: unknown,
    {
      fault = providerFault(cause),
      action,
    }: { fault?: ProviderFault; action?: { label: string; href: string } } = {},
  ) {
    const { retryAfterSeconds } = fault;
    super({
      ...TROUBLE[fault.kind],
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      action,
      cause,
    });
    this.fault = fault;
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
