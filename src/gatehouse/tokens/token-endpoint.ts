import * as oidc from 'openid-client';
import type { ProviderClient } from '../oidc/provider-client.ts';
import { createProviderRetry, providerFault, ProviderUnavailableError } from '../oidc/provider-fault.ts';
import { readingJson, tidyTokenAnswer, withoutChallenge } from '../oidc/provider-fetch.ts';
import type { Logger } from '../platform/logger.ts';
import type { AccessTokenOutcome } from './access-token.ts';
import { IS_TOKEN } from './token-vault.ts';

/** What a request to the token endpoint (RFC 6749 section 3.2) comes to. */
export interface TokenAnswer extends Brought {
  readonly result:
    | { readonly outcome: 'tokens'; readonly tokens: oidc.TokenEndpointResponse }
    | Exclude<AccessTokenOutcome, { outcome: 'token' | 'no refresh token' | 'scope not granted' }>;
}

/** What an answer contains that openid-client would not give us, even if the rest is of no use. */
interface Brought {
  /** Not verified. */
  idToken?: string | undefined;
  /** The previous one is spent. */
  refreshToken?: string | undefined;
}

/** An abandoned rotation is a lost grant, so we wait for the answer, whatever the page does. */
const TIMEOUT_SECONDS = 10;

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const NEEDS_THE_PERSON = /^(login|interaction|mfa|consent|account_selection)_required$/;
const NOT_GRANTED = new Set(['invalid_target', 'invalid_scope']);

export function createTokenEndpoint(provider: ProviderClient, log: Logger) {
  const retry = createProviderRetry();

  async function ask(
    request: (configuration: oidc.Configuration) => Promise<oidc.TokenEndpointResponse>,
    options: { isForced?: boolean } = {},
  ): Promise<TokenAnswer> {
    const brought: Brought = {};
    try {
      const configuration = await provider.configuration();
      configuration.timeout = TIMEOUT_SECONDS;
      watch(configuration, brought, log);
      const tokens = await retry(() => request(configuration), options);
      if (!IS_TOKEN.test(tokens.access_token)) throw new Error('the access token is no token');
      return { result: { outcome: 'tokens', tokens }, ...brought };
    } catch (error) {
      return { result: explain(error), refreshToken: brought.refreshToken };
    }
  }

  return {
    /**
     * RFC 6749 section 6. `parameters` may ask for another API. `mayStart` is asked before every attempt; `isForced`:
     * the present token is still valid.
     */
    refresh: (
      refreshToken: string,
      parameters: Record<string, string>,
      { mayStart, isForced }: { mayStart: () => boolean; isForced: boolean },
    ) =>
      ask(
        async (configuration) => {
          if (mayStart()) return oidc.refreshTokenGrant(configuration, refreshToken, parameters);
          // Somebody else may be renewing the session by now: what they get is found at the next request.
          throw new ProviderUnavailableError(new Error('the lease was lost'), { fault: { kind: 'slow' } });
        },
        { isForced },
      ),
    /**
     * RFC 8693; undefined where the provider does not offer it. Whatever comes of it, the login's grant, refresh token
     * and ID token stay untouched.
     */
    exchange: async (accessToken: string, parameters: Record<string, string>): Promise<TokenAnswer | undefined> => {
      const configuration = await provider.configuration().catch(() => undefined);
      if (!configuration?.serverMetadata().grant_types_supported?.includes(EXCHANGE)) return undefined;
      const subject = { subject_token: accessToken, subject_token_type: ACCESS_TOKEN, ...parameters };
      const { result } = await ask((config) => oidc.genericGrantRequest(config, EXCHANGE, subject));
      return { result: result.outcome === 'refused' ? { outcome: 'audience not granted' } : result };
    },
  };
}

/** Any refusal by the provider (RFC 6749 section 5.2) counts, whatever it is called, unless it is temporary. */
function explain(cause: unknown): TokenAnswer['result'] {
  if (cause instanceof oidc.ResponseBodyError && providerFault(cause).kind === 'nonsense') {
    const { error, status } = cause;
    if (NEEDS_THE_PERSON.test(error)) return { outcome: 'interaction needed', error };
    if (NOT_GRANTED.has(error)) return { outcome: 'audience not granted' };
    // An unknown client says nothing about the grant.
    if (status < 500 && error !== 'invalid_client') return { outcome: 'refused' };
  }
  return { outcome: 'unavailable', cause };
}

/**
 * Takes ID tokens out of answers before openid-client sees them, and notes refresh tokens. Because of an ID token or a
 * field that it does not like, it would throw away the whole answer with its rotated refresh token.
 */
function watch(configuration: oidc.Configuration, brought: Brought, log: Logger): void {
  const ask = configuration[oidc.customFetch] as typeof fetch;
  configuration[oidc.customFetch] = async (url, options) =>
    readingJson(withoutChallenge(await ask(url, options as RequestInit)), (body) => {
      if (typeof body['access_token'] !== 'string') return body;
      const { id_token: idToken, ...rest } = tidyTokenAnswer(body, log);
      Object.assign(brought, { idToken, refreshToken: rest['refresh_token'] });
      return rest;
    });
}
