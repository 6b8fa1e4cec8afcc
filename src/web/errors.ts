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
