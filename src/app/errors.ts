import type { LoginDemand } from '../gatehouse/login/login-demand.ts';
import { AppError } from '../gatehouse/errors/app-error.ts';

/** Thrown when a script or a JSON client asks for what needs a login. */
export class LoginRequiredError extends AppError {
  /** Where a browser begins the login. */
  readonly loginUrl: string;

  /** `stepUp`: the user is signed in, but not strongly or recently enough for the API. */
  constructor(loginUrl: string, { stepUp = false } = {}) {
    super(stepUp ? 'STEP_UP_REQUIRED' : 'LOGIN_REQUIRED', { action: { label: 'Sign in', href: loginUrl } });
    this.loginUrl = loginUrl;
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

/** The signed-in user may not do this. `askUrl` begins a login that asks for the permission, where none has yet. */
export function permissionMissing(permission = 'of the API', account: string, askUrl?: string): AppError {
  const reason = askUrl
    ? 'for which this app has not asked yet.'
    : 'which this account does not have. Somebody who manages the app can grant it; sign in again afterwards.';
  return new AppError('PERMISSION_MISSING', {
    values: { permission, account, reason },
    action: askUrl
      ? { label: 'Ask for this permission', href: askUrl }
      : { label: 'Use another account', href: '/logout' },
  });
}

export const HOME = { label: 'Go to the home page', href: '/' } as const;
