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

  constructor(loginUrl: string) {
    super({
      code: 'LOGIN_REQUIRED',
      status: 401,
      title: 'Please sign in',
      message: 'This needs a signed-in user. Open login_url in the browser, then ask again.',
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

/** Thrown when the session has no tokens any more that could be renewed: only a new login helps. */
export class LoginAgainError extends Error {}

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

/** Thrown when the signed-in user may not do this. Signing in again as the same user would not help. */
export class PermissionMissingError extends AppError {
  constructor(permission: string | undefined, account: string) {
    super({
      code: 'PERMISSION_MISSING',
      status: 403,
      title: 'You may not see this',
      message: `You are signed in as ${account}. This needs the permission ${permission ?? 'of the API'}, which this account does not have. Somebody who manages the app can grant it; sign in again afterwards.`,
      action: { label: 'Use another account', href: '/logout' },
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
