import type { ErrorRequestHandler, Request } from 'express';
import { AppError } from '../platform/app-error.ts';
import { LoginFailedError, ProviderUnavailableError } from './errors.ts';
import { type LoginState, loginUrl } from './login.ts';
import { readDemand } from './login-demand.ts';
import { safeReturnTo } from './return-to.ts';

/** What the SDK adds to the errors of a callback: an OAuth error code, or one of openid-client. */
interface CallbackError {
  readonly error?: unknown;
  readonly status?: unknown;
}

/**
 * Turns the SDK's errors of the callback into what a person can act upon, always with a link that begins the
 * login again and keeps its destination. Mounted at the callback's path.
 */
export function explainCallbackErrors(callbackPath: string): ErrorRequestHandler {
  return (error: unknown, req, _res, next) => {
    if (error instanceof AppError) return next(error);
    const { error: code, status } = error as CallbackError;
    next(status === 400 ? loginFailure(code, restartUrl(req, callbackPath), error) : error);
  };
}

function loginFailure(code: unknown, restart: string, cause: unknown): AppError {
  const tryAgain = { label: 'Sign in again', href: restart };
  switch (code) {
    case 'access_denied':
      return new LoginFailedError({
        code: 'LOGIN_CANCELLED',
        status: 403,
        title: 'Sign-in was cancelled',
        message:
          'The sign-in page said that it was cancelled, or that this account may not use this app. You can begin again, also with another account.',
        action: tryAgain,
        cause,
      });
    case 'server_error':
    case 'temporarily_unavailable':
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return new ProviderUnavailableError(cause, { fault: { kind: 'away' }, action: tryAgain });
    case 'unknown_error':
      if (isNetworkFault(cause)) {
        return new ProviderUnavailableError(cause, { fault: { kind: 'away' }, action: tryAgain });
      }
      break;
  }
  return new LoginFailedError({
    code: 'LOGIN_EXPIRED',
    status: 400,
    title: 'This sign-in could not be finished',
    message:
      'It was begun too long ago, in another tab or browser, or it was finished already. Nothing is lost: begin again and you come to the page you wanted.',
    action: tryAgain,
    cause,
  });
}

function isNetworkFault(error: unknown): boolean {
  return error instanceof Error && error.message === 'fetch failed';
}

/** The login with the destination of this one: from its own transaction, else from the `state` it came with. */
function restartUrl(req: Request, callbackPath: string): string {
  const { openidState } = req as { openidState?: LoginState };
  const { returnTo, demand } = openidState ?? stateOf(req) ?? {};
  return loginUrl(safeReturnTo(returnTo, callbackPath), readDemand({ ...demand }));
}

function stateOf(req: Request): LoginState | undefined {
  const { state } = req.query;
  if (typeof state !== 'string') return undefined;
  try {
    return (JSON.parse(Buffer.from(state, 'base64url').toString()) ?? undefined) as LoginState | undefined;
  } catch {
    return undefined;
  }
}
