import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { InvalidIdTokenError } from '../oidc/id-token.ts';
import type { TokenReply } from '../oidc/provider-client.ts';
import { providerFault, ProviderUnavailableError } from '../oidc/provider-fault.ts';
import { loginStateOf, parameterOf } from './callback-query.ts';
import type { Links } from './links.ts';
import type { LoginDemand } from './login-demand.ts';

/** OAuth error codes, from the authorization response and the token endpoint, and codes of openid-client. */
const CODES: readonly (readonly [ErrorCode, readonly unknown[]])[] = [
  ['LOGIN_CANCELLED', ['access_denied', 'consent_required']],
  ['WRONG_CLIENT_SECRET', ['invalid_client']],
  ['SCOPE_REFUSED', ['invalid_scope']],
  ['LOGIN_NOT_ALLOWED', ['unauthorized_client', 'invalid_request']],
  ['LOGIN_NOT_ALLOWED', ['unsupported_response_type', 'unsupported_grant_type']],
  ['AUDIENCE_NOT_GRANTED', ['invalid_target']],
  ['CALLBACK_URL_MISMATCH', ['redirect_uri_mismatch']],
  ['PROVIDER_UNAVAILABLE', ['server_error', 'temporarily_unavailable']],
  ['CLOCK_SKEW', ['OAUTH_JWT_TIMESTAMP_CHECK_FAILED']],
  ['ID_TOKEN_INVALID', ['OAUTH_JWT_CLAIM_COMPARISON_FAILED']],
];

/** What the SDK adds to a callback's errors: OAuth's fields, or those of openid-client. */
type Fields = Readonly<Record<string, unknown>>;

/** What the texts call the API that tokens are for. */
const AUDIENCE = { audience: 'the API of this app' };

/**
 * Turns whatever completing a login threw into an error that a person can act upon, always with a link that begins the
 * login again and keeps its destination. Errors that are not the login's are returned as they are.
 */
export function explainLoginError(error: unknown, req: Request, links: Links, reply: TokenReply = {}): unknown {
  const action = signInAgain(req, links);
  if (error instanceof ProviderUnavailableError) {
    return new ProviderUnavailableError(error.cause, { fault: error.fault, action });
  }
  if (error instanceof CatalogueError) return error;
  if (error instanceof InvalidIdTokenError) return new CatalogueError(error.code, { cause: error, action });
  const fields = error as Fields;
  if (fields['status'] !== 400) return error;
  // The SDK keeps only the words of a fault; what it was is in the reply itself.
  const fault = reply.fault ?? (reply.response && providerFault({ response: reply.response }));
  if (fault && fault.kind !== 'nonsense') return new ProviderUnavailableError(error, { fault, action });
  return new CatalogueError(codeOf(fields, reply), { values: AUDIENCE, cause: error, action });
}

/** Why a request for `scopes`, pushed before the login begins (RFC 9126), failed. */
export function explainPushError(error: unknown, scopes: string): CatalogueError {
  const fault = providerFault(error);
  if (fault.kind !== 'nonsense') return new ProviderUnavailableError(error, { fault });
  const code = codeOf(error as Fields, {}, 'PROVIDER_MISCONFIGURED');
  return new CatalogueError(code, { values: { ...AUDIENCE, scopes }, cause: error });
}

/** How many characters of a provider's words a page of ours shows. */
const MAX_WORDS = 300;

/**
 * What the provider says instead of sending a code (RFC 6749 section 4.1.2.1), in its own words, with a link to sign in
 * with another account. Undefined where it says nothing. Whoever has the transaction began the login, and needs no
 * other proof to be told that it failed.
 */
export function refusalOf(req: Request, links: Links, scopes: string): CatalogueError | undefined {
  const error = parameterOf(req, 'error');
  if (error === '') return undefined;
  const description = parameterOf(req, 'error_description');
  const words = (description || error).replace(/[\p{Cc}\s]+/gu, ' ').slice(0, MAX_WORDS);
  const code = codeOf({ error, error_description: description }, {}, 'LOGIN_DECLINED');
  return new CatalogueError(code, {
    values: { ...AUDIENCE, scopes },
    note: `The sign-in service says: “${words}”`,
    cause: Object.assign(new Error('the provider refused the login'), { error }),
    action: signInAgain(req, links, 'Sign in with another account', { prompt: 'login' }),
  });
}

/** The callback's login was not begun in this browser, or is over. */
export function loginExpired(req: Request, links: Links): CatalogueError {
  return new CatalogueError('LOGIN_EXPIRED', { action: signInAgain(req, links) });
}

function codeOf(fields: Fields, reply: TokenReply, otherwise: ErrorCode = 'LOGIN_EXPIRED'): ErrorCode {
  const { error: code, error_description: description } = fields;
  if (code === 'invalid_grant' || code === 'invalid_request') {
    if (/redirect.?ur[il]|callback/i.test(String(description))) return 'CALLBACK_URL_MISMATCH';
  }
  // If the token endpoint was not asked yet, it is the callback's own parameters that make no sense.
  const isNonsense = reply.response !== undefined && code !== 'invalid_grant';
  const [known] = CODES.find(([, theirs]) => theirs.includes(code)) ?? [];
  return known ?? (isNonsense ? 'PROVIDER_UNREADABLE' : otherwise);
}

/** A login with the destination and the demands of this one, and `more`. */
function signInAgain(req: Request, links: Links, label = 'Sign in again', more: LoginDemand = {}) {
  const { returnTo, demand } = loginStateOf(req);
  return { label, href: links.login(links.destination(returnTo), { ...demand, ...more }) };
}
