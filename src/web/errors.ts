import type { LoginDemand } from '../auth/login-demand.ts';
import { AppError } from '../platform/app-error.ts';

/** Thrown when no route has the path. */
export class NotFoundError extends AppError {
  constructor() {
    super({
      code: 'NOT_FOUND',
      status: 404,
      title: 'There is no such page',
      message: 'The address may be mistyped, or the page has moved.',
      action: { label: 'Go to the home page', href: '/' },
    });
  }
}

/** Thrown when a script or a JSON client asks for what needs a login. */
export class LoginRequiredError extends AppError {
  /** Where a browser begins the login. */
  readonly loginUrl: string;

  /** `stepUp`: the user is signed in, but not strongly or recently enough for the API. */
  constructor(loginUrl: string, { stepUp = false } = {}) {
    super({
      code: stepUp ? 'STEP_UP_REQUIRED' : 'LOGIN_REQUIRED',
      status: 401,
      title: 'Please sign in',
      message: stepUp
        ? 'This needs a stronger or more recent sign-in. Open login_url in the browser, then ask again.'
        : 'This needs a signed-in user. Open login_url in the browser, then ask again.',
      action: { label: 'Sign in', href: loginUrl },
    });
    this.loginUrl = loginUrl;
  }
}

/** Thrown when somebody opens a page with a session that was ended from elsewhere. */
export class SignedOutError extends AppError {
  constructor(loginUrl: string) {
    super({
      code: 'SIGNED_OUT',
      status: 401,
      title: 'You were signed out',
      message:
        'This browser was signed out from another one, or by the service that signs you in. Sign in again to come back to this page.',
      action: { label: 'Sign in again', href: loginUrl },
    });
  }
}

/**
 * Thrown when only a new login helps: the session has no tokens any more that could be renewed, or the API demands
 * more of the sign-in.
 */
export class LoginAgainError extends Error {
  readonly demand: LoginDemand;
  /** A new login was made for the same reason a moment ago. */
  readonly isGoingRound: boolean;

  constructor(demand: LoginDemand = {}, { isGoingRound = false } = {}) {
    super('a new login is needed');
    this.demand = demand;
    this.isGoingRound = isGoingRound;
  }
}

/** Thrown where one login leads to the next, since the tokens of each are refused. */
export class TokensRefusedError extends AppError {
  constructor(loginUrl: string) {
    super({
      code: 'TOKENS_REFUSED',
      status: 502,
      title: 'Signing in again did not help',
      message:
        'You have just signed in, and what the sign-in service gave for you was refused again. Usually the service behind this page and the sign-in service are not set up for one another: issuer, audience or the lifetime of refresh tokens. Whoever runs this app can check that.',
      action: { label: 'Sign in once more', href: loginUrl },
    });
  }
}

/** Thrown when the API refuses the sign-in also after it was made as it demands. */
export class StepUpFailedError extends AppError {
  constructor(loginUrl: string) {
    super({
      code: 'STEP_UP_FAILED',
      status: 403,
      title: 'Signing in again was not enough',
      message:
        'The service behind this page wants a stronger or more recent sign-in. You have just signed in the way it asks for, and it still refuses. Usually the sign-in service is not set up for it (a second factor, for example). Whoever runs this app can check that.',
      action: { label: 'Sign in once more', href: loginUrl },
    });
  }
}

/** Thrown when the provider gives no token for an API, or one for another. */
export class AudienceNotGrantedError extends AppError {
  constructor(audience: string) {
    super({
      code: 'AUDIENCE_NOT_GRANTED',
      status: 502,
      title: 'No access to this API',
      message: `This page needs an access token for ${audience}, and the sign-in service gives none, or one for another API, which we do not use. Whoever runs this app can check there that an API with this identifier is registered and that this app may use it (at Auth0: Applications, APIs; for more than one API also the app's multi-resource refresh token policy).`,
      action: { label: 'Go to the home page', href: '/' },
    });
  }
}

/** Thrown when a page needs an API and none is configured. */
export class AudienceNotSetError extends AppError {
  constructor() {
    super({
      code: 'AUDIENCE_NOT_SET',
      status: 501,
      title: 'No API is configured',
      message:
        'This page calls an API with an access token. Whoever runs this app can set AUTH0_AUDIENCE to the identifier of that API, restart the app and sign in again.',
      action: { label: 'Go to the home page', href: '/' },
    });
  }
}

/** Thrown when the signed-in user may not do this. */
export class PermissionMissingError extends AppError {
  /** `askUrl` begins a login that asks for the permission, where none has yet; else signing in again would not help. */
  constructor(permission: string | undefined, account: string, askUrl?: string) {
    super({
      code: 'PERMISSION_MISSING',
      status: 403,
      title: 'You may not see this',
      message: `You are signed in as ${account}. This needs the permission ${permission ?? 'of the API'}, ${
        askUrl
          ? 'for which this app has not asked yet.'
          : 'which this account does not have. Somebody who manages the app can grant it; sign in again afterwards.'
      }`,
      action: askUrl
        ? { label: 'Ask for this permission', href: askUrl }
        : { label: 'Use another account', href: '/logout' },
    });
  }
}

/** Thrown when the API cannot be reached, or is too slow. */
export class ApiUnavailableError extends AppError {
  constructor(how: 'away' | 'slow', cause?: unknown) {
    super({
      code: how === 'away' ? 'API_UNAVAILABLE' : 'API_TIMEOUT',
      status: how === 'away' ? 503 : 504,
      title: 'The API does not answer',
      message:
        'The service behind this page cannot be reached right now. You are still signed in: try again in a moment.',
      retryAfterSeconds: 5,
      cause,
    });
  }
}

/** Thrown when the API answers with something that is no answer. */
export class ApiUnreadableError extends AppError {
  constructor(reason: string) {
    super({
      code: 'API_UNREADABLE',
      status: 502,
      title: 'The API answers something strange',
      message:
        'The service behind this page sent no usable answer. Usually API_SERVER_URL points to something that is not the API, or a proxy in between answers in its place.',
      cause: new Error(reason),
    });
  }
}

/** Thrown when a form or script of another site sent the request. */
export class CrossSiteError extends AppError {
  constructor() {
    super({
      code: 'CROSS_SITE_REQUEST',
      status: 403,
      title: 'This did not come from this app',
      message:
        'Changes are only taken from pages of this app, so that no other site can make them for you. Go back to the page and try again.',
      action: { label: 'Go to the home page', href: '/' },
    });
  }
}

/** Thrown when a browser loads in advance what has effects: it shall ask again when somebody means it. */
export class NotMeantError extends AppError {
  constructor() {
    super({
      code: 'NOT_MEANT',
      status: 425,
      title: 'Not done in advance',
      message: 'This address does something, so it is not loaded in advance. Open it again.',
    });
  }
}

/** Stands for a request that Express or one of its parts could not read. */
export class BadRequestError extends AppError {
  constructor(status: number, cause: unknown) {
    super({
      code: 'BAD_REQUEST',
      status,
      title: 'This request cannot be read',
      message:
        'Something in its address, headers or form is malformed or too large. Check the address and try again.',
      cause,
    });
  }
}

/** Stands for everything that nobody foresaw: a bug of ours. */
export class InternalError extends AppError {
  constructor(cause: unknown) {
    super({
      code: 'INTERNAL_ERROR',
      status: 500,
      title: 'Something went wrong here',
      message:
        'That is our fault, not yours. Try again; if it stays, tell whoever runs this app the request id below.',
      cause,
    });
  }
}
