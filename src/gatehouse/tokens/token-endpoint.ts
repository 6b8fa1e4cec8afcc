import {
  type Configuration,
  customFetch,
  genericGrantRequest,
  refreshTokenGrant,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'openid-client';
import { ProviderUnavailableError } from '../oidc/provider-unavailable.ts';
import type { ProviderClient } from '../oidc/provider-client.ts';
import { pauseForFault, type ProviderFault, providerFault } from '../oidc/provider-fault.ts';
import { createRateLimit } from '../oidc/rate-limit.ts';
import { retried } from '../platform/retry.ts';
import { IS_TOKEN } from './token-vault.ts';

/** What the token endpoint (RFC 6749 section 3.2) makes of a request. */
export type TokenAnswer =
  | {
      readonly answer: 'tokens';
      readonly tokens: TokenEndpointResponse;
      /** Not verified. */
      readonly idToken: string | undefined;
    }
  /** The grant is worth nothing any more. */
  | { readonly answer: 'refused'; readonly error: string }
  /** Only the person at the browser can help. */
  | { readonly answer: 'interaction needed'; readonly error: string }
  /** Not for this API, or not with this scope. */
  | { readonly answer: 'not granted'; readonly error: string }
  | {
      readonly answer: 'unavailable';
      readonly fault: ProviderFault;
      readonly cause: unknown;
      /** What was in an answer that is of no use otherwise: the one before it is spent. */
      readonly refreshToken?: string;
    };

export interface TokenEndpoint {
  /** RFC 6749 section 6. `parameters` may ask for another API. `mayStart` is asked before every attempt. */
  refresh(refreshToken: string, parameters: Record<string, string>, mayStart: () => boolean): Promise<TokenAnswer>;
  /** RFC 8693; undefined where the provider does not offer it. */
  exchange(accessToken: string, parameters: Record<string, string>): Promise<TokenAnswer | undefined>;
}

/** An abandoned rotation is a lost grant, so the answer is waited for, whatever the page does. */
const TIMEOUT_SECONDS = 10;
/** Attempts begin while a person still waits for what comes of them. */
const RETRY_MS = 1500;

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const INTERACTION = new Set([
  ...['login_required', 'interaction_required', 'mfa_required', 'consent_required'],
  'account_selection_required',
]);
const NOT_GRANTED = new Set(['invalid_target', 'invalid_scope']);
const PASSING = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

export function createTokenEndpoint(provider: ProviderClient): TokenEndpoint {
  const attempt = createRateLimit();

  async function ask(request: (configuration: Configuration) => Promise<TokenEndpointResponse>): Promise<TokenAnswer> {
    const seen: Seen = {};
    try {
      const configuration = await provider.configuration();
      configuration.timeout = TIMEOUT_SECONDS;
      watch(configuration, seen);
      const pauseFor = (error: unknown) =>
        isPassing(error) ? 'backoff' : error instanceof LeaseLostError ? undefined : pauseForFault(error);
      const options = { deadlineMs: RETRY_MS, pauseFor };
      const tokens = await retried(() => attempt(() => request(configuration)), options);
      if (!IS_TOKEN.test(tokens.access_token)) throw new Error('the access token is no token');
      return { answer: 'tokens', tokens, idToken: seen.idToken };
    } catch (error) {
      const answer = explain(error);
      const { refreshToken } = seen;
      return answer.answer === 'unavailable' && refreshToken ? { ...answer, refreshToken } : answer;
    }
  }

  return {
    refresh: (refreshToken, parameters, mayStart) =>
      ask((configuration) => {
        if (!mayStart()) throw new LeaseLostError();
        return refreshTokenGrant(configuration, refreshToken, parameters);
      }),
    exchange: async (accessToken, parameters) => {
      const configuration = await provider.configuration().catch(() => undefined);
      if (!configuration?.serverMetadata().grant_types_supported?.includes(EXCHANGE)) return undefined;
      const subject = {
        subject_token: accessToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      };
      const answer = await ask((config) => genericGrantRequest(config, EXCHANGE, { ...subject, ...parameters }));
      return ofThisApiOnly(answer);
    },
  };
}

/** Whatever comes of an exchange: the grant of the login, its refresh token and its ID token are not its business. */
function ofThisApiOnly(answer: TokenAnswer): TokenAnswer {
  switch (answer.answer) {
    case 'refused':
      return { answer: 'not granted', error: answer.error };
    case 'tokens': {
      const { refresh_token: _refreshToken, ...tokens } = answer.tokens;
      return { answer: 'tokens', tokens, idToken: undefined };
    }
    case 'unavailable':
      return { answer: 'unavailable', fault: answer.fault, cause: answer.cause };
    default:
      return answer;
  }
}

/** Somebody else may be renewing the session by now: what they get is found at the next request. */
class LeaseLostError extends Error {}

function explain(cause: unknown): TokenAnswer {
  if (cause instanceof LeaseLostError) return { answer: 'unavailable', fault: { kind: 'slow' }, cause };
  if (cause instanceof ProviderUnavailableError) {
    return { answer: 'unavailable', fault: cause.fault, cause };
  }
  if (cause instanceof ResponseBodyError && cause.status !== 429) {
    const { error } = cause;
    if (error === 'invalid_grant') return { answer: 'refused', error };
    if (INTERACTION.has(error)) return { answer: 'interaction needed', error };
    if (NOT_GRANTED.has(error)) return { answer: 'not granted', error };
    if (PASSING.has(error)) return { answer: 'unavailable', fault: { kind: 'away' }, cause };
  }
  return { answer: 'unavailable', fault: providerFault(cause), cause };
}

function isPassing(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.status !== 429 && PASSING.has(error.error);
}

/** What an answer has in it that openid-client would not give us. */
interface Seen {
  idToken?: string;
  refreshToken?: string;
}

/**
 * Takes ID tokens out of answers before openid-client sees them, and notes refresh tokens. For an ID token or a field
 * that it does not like it would throw the whole answer away, and with it the rotated refresh token.
 */
function watch(configuration: Configuration, seen: Seen): void {
  configuration[customFetch] = async (url, options) => {
    const response = await fetch(url, options as RequestInit);
    if (!response.ok) return response;
    const text = await response.text();
    const { status, headers } = response;
    try {
      const { id_token, ...rest } = JSON.parse(text) as Record<string, unknown>;
      // What is no text is no token either; verification says so.
      if (id_token !== undefined) seen.idToken = typeof id_token === 'string' ? id_token : 'no text';
      const refreshToken = rest['refresh_token'];
      if (typeof refreshToken === 'string' && refreshToken) seen.refreshToken = refreshToken;
      return new Response(JSON.stringify(rest), { status, headers });
    } catch {
      return new Response(text, { status, headers });
    }
  };
}
