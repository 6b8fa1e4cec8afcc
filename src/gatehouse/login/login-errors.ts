import type { Request } from 'express';
import { errors } from 'jose';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { ID_TOKEN_ALGORITHM, InvalidIdTokenError } from '../oidc/id-token.ts';
import type { TokenReply } from '../oidc/provider-client.ts';
import { providerFault } from '../oidc/provider-fault.ts';
import { ProviderUnavailableError } from '../oidc/provider-unavailable.ts';
import { SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import type { Links } from './links.ts';
import { readDemand } from './login-demand.ts';
import type { LoginState } from './sdk.ts';

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
 * What a person can act upon, from whatever the completion of a login threw; always with a link that begins the login
 * again and keeps its destination. What is none of the login's is answered as it is.
 */
export function explainLoginError(error: unknown, req: Request, links: Links, reply: TokenReply | undefined): unknown {
  const action = { label: 'Sign in again', href: restartUrl(req, links) };
  if (error instanceof ProviderUnavailableError) {
    return new ProviderUnavailableError(error.cause, { fault: error.fault, action });
  }
  if (error instanceof CatalogueError) return error;
  if (error instanceof SigningKeysUnavailableError) {
    const kind = error.cause instanceof errors.JWKSTimeout ? 'slow' : 'away';
    return new ProviderUnavailableError(error, { fault: { kind }, action });
  }
  if (error instanceof InvalidIdTokenError) return new CatalogueError(error.code, { cause: error, action });
  const isOfLogin = (error as CallbackError).status === 400;
  return isOfLogin ? loginFailure(error as CallbackError, reply, action) : error;
}

/** The login that this callback belongs to is none of this browser's, or not any more. */
export function loginExpired(req: Request, links: Links): CatalogueError {
  const action = { label: 'Sign in again', href: restartUrl(req, links) };
  return new CatalogueError('LOGIN_EXPIRED', { action });
}

/** Where the login of a callback was to end: by its `state`, which nobody has verified yet. */
export function destinationOf(req: Request, links: Links): string {
  return links.destination(loginStateOf(req).returnTo);
}

/** The `state` of a callback. */
export function stateOf(req: Request): string | undefined {
  const { state } = req.query;
  return typeof state === 'string' && state !== '' ? state : undefined;
}

function loginFailure(
  cause: CallbackError,
  reply: TokenReply | undefined,
  action: { label: string; href: string },
): CatalogueError {
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
        return new CatalogueError('CALLBACK_URL_MISMATCH', answers);
      }
      break;
    case 'invalid_target':
      return new CatalogueError('AUDIENCE_NOT_GRANTED', {
        ...answers,
        values: { audience: 'the API of this app' },
      });
  }
  if (reply?.idTokenAlgorithm !== undefined && reply.idTokenAlgorithm !== ID_TOKEN_ALGORITHM) {
    return new CatalogueError('SIGNING_ALG_MISMATCH', answers);
  }
  const known = typeof code === 'string' && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (known) return new CatalogueError(known, answers);
  // Before the token endpoint is asked it is the callback's own parameters that make no sense.
  if (reply?.response && code !== 'invalid_grant') {
    return new ProviderUnavailableError(cause, { fault: { kind: 'nonsense' }, action });
  }
  return new CatalogueError('LOGIN_EXPIRED', answers);
}

/** The login with the destination and the demands of this one. */
function restartUrl(req: Request, links: Links): string {
  return links.login(destinationOf(req, links), readDemand({ ...loginStateOf(req).demand }));
}

function loginStateOf(req: Request): LoginState {
  try {
    const json: unknown = JSON.parse(Buffer.from(stateOf(req) ?? '', 'base64url').toString());
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}
