import type { ErrorRequestHandler, Request } from 'express';
import { errors } from 'jose';
import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { providerFault } from '../platform/provider-fault.ts';
import { SigningKeysUnavailableError } from '../platform/signing-keys.ts';
import { ProviderUnavailableError } from './errors.ts';
import { ID_TOKEN_ALGORITHM, InvalidIdTokenError } from './id-token.ts';
import { type LoginState, loginUrl } from './login.ts';
import { readDemand } from './login-demand.ts';
import { stateOf } from './login-transactions.ts';
import type { TokenReply } from './provider-client.ts';
import { safeReturnTo } from './return-to.ts';

/** What the SDK adds to the errors of a callback: an OAuth error code, or one of openid-client. */
interface CallbackError {
  readonly error?: unknown;
  readonly error_description?: unknown;
  readonly status?: unknown;
}

/** OAuth error codes, of the authorization response and of the token endpoint, and codes of openid-client. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  access_denied: 'LOGIN_CANCELLED',
  consent_required: 'LOGIN_CANCELLED',
  invalid_client: 'WRONG_CLIENT_SECRET',
  unauthorized_client: 'LOGIN_NOT_ALLOWED',
  invalid_request: 'LOGIN_NOT_ALLOWED',
  invalid_scope: 'LOGIN_NOT_ALLOWED',
  unsupported_response_type: 'LOGIN_NOT_ALLOWED',
  unsupported_grant_type: 'LOGIN_NOT_ALLOWED',
  redirect_uri_mismatch: 'CALLBACK_URL_MISMATCH',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'CLOCK_SKEW',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'ID_TOKEN_INVALID',
};

/**
 * Turns the SDK's errors of the callback into what a person can act upon, always with a link that begins the
 * login again and keeps its destination. Mounted at the callback's path.
 */
export function explainCallbackErrors(options: {
  callbackPath: string;
  /** What the token endpoint replied to this callback, if it was asked. */
  tokenReply: () => TokenReply | undefined;
}): ErrorRequestHandler {
  const { callbackPath, tokenReply } = options;
  return (error: unknown, req, _res, next) => {
    const action = { label: 'Sign in again', href: restartUrl(req, callbackPath) };
    if (error instanceof ProviderUnavailableError) {
      return next(new ProviderUnavailableError(error.cause, { fault: error.fault, action }));
    }
    if (error instanceof AppError) return next(error);
    if (error instanceof SigningKeysUnavailableError) {
      const kind = error.cause instanceof errors.JWKSTimeout ? 'slow' : 'away';
      return next(new ProviderUnavailableError(error, { fault: { kind }, action }));
    }
    if (error instanceof InvalidIdTokenError) {
      return next(new AppError(error.code, { cause: error, action }));
    }
    const isOfLogin = (error as CallbackError).status === 400;
    next(isOfLogin ? loginFailure(error as CallbackError, tokenReply(), action) : error);
  };
}

/** The login that this callback belongs to is none of this browser's, or not any more. */
export function loginExpired(req: Request, callbackPath: string): AppError {
  const action = { label: 'Sign in again', href: restartUrl(req, callbackPath) };
  return new AppError('LOGIN_EXPIRED', { action });
}

/** Where the login of a callback was to end: by its `state`, which nobody has verified yet. */
export function destinationOf(req: Request, callbackPath: string): string {
  return safeReturnTo(loginStateOf(req).returnTo, callbackPath);
}

function loginFailure(
  cause: CallbackError,
  reply: TokenReply | undefined,
  action: { label: string; href: string },
): AppError {
  const { error: code, error_description: description } = cause;
  const answers = { cause, action };
  // The SDK keeps no more than the words of a fault; what it was is in the reply itself.
  const fault = reply?.fault ?? (reply?.response && providerFault({ response: reply.response }));
  if (fault && fault.kind !== 'nonsense') return new ProviderUnavailableError(cause, { fault, action });
  switch (code) {
    case 'server_error':
    case 'temporarily_unavailable':
      return new ProviderUnavailableError(cause, { fault: { kind: 'away' }, action });
    case 'invalid_grant':
    case 'invalid_request':
      if (/redirect.?ur[il]|callback/i.test(String(description))) {
        return new AppError('CALLBACK_URL_MISMATCH', answers);
      }
      break;
    case 'invalid_target':
      return new AppError('AUDIENCE_NOT_GRANTED', {
        ...answers,
        values: { audience: 'the API of this app' },
      });
  }
  if (reply?.idTokenAlgorithm !== undefined && reply.idTokenAlgorithm !== ID_TOKEN_ALGORITHM) {
    return new AppError('SIGNING_ALG_MISMATCH', answers);
  }
  const known = typeof code === 'string' && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (known) return new AppError(known, answers);
  // Before the token endpoint is asked it is the callback's own parameters that make no sense.
  if (reply?.response && code !== 'invalid_grant') {
    return new ProviderUnavailableError(cause, { fault: { kind: 'nonsense' }, action });
  }
  return new AppError('LOGIN_EXPIRED', answers);
}

/** The login with the destination and the demands of this one. */
function restartUrl(req: Request, callbackPath: string): string {
  return loginUrl(destinationOf(req, callbackPath), readDemand({ ...loginStateOf(req).demand }));
}

function loginStateOf(req: Request): LoginState {
  try {
    const json: unknown = JSON.parse(Buffer.from(stateOf(req) ?? '', 'base64url').toString());
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}
