import type { Request } from 'express';
import { decodeJwt } from 'jose';
import { refreshTokenGrant, ResponseBodyError, type TokenEndpointResponse } from 'openid-client';
import type { ProviderClient } from '../auth/provider-client.ts';
import type { WebConfig } from '../config/web-config.ts';
import type { WebSession } from '../session/web-session.ts';

/** An access token for the API of `AUTH0_AUDIENCE`. */
export interface AccessToken {
  readonly value: string;
  /** `Bearer`, or what else the provider says. */
  readonly type: string;
  /** Seconds from now. */
  readonly expiresIn: number;
  /** What was granted, space-separated. */
  readonly scope: string;
}

/** What came of asking for a token; callers have to meet each. */
export type AccessTokenOutcome =
  | { readonly outcome: 'token'; readonly token: AccessToken }
  /** There is none that lives, and no refresh token that could get one. */
  | { readonly outcome: 'no refresh token' }
  /** The provider refused the refresh: the session is ended. */
  | { readonly outcome: 'refused' }
  /** The provider cannot be asked right now; the session stays. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown };

export interface AccessTokens {
  /**
   * A token of the request's session that lives for a while yet, renewed by the refresh token (RFC 6749
   * section 6) where needed, or always with `forceRefresh`. A refresh that the provider refuses ends the session.
   */
  get(req: Request, options?: { forceRefresh?: boolean }): Promise<AccessTokenOutcome>;
}

/** A token that ends sooner would end on its way to the API. */
const MIN_LIFETIME_SECONDS = 60;
/** Where the provider does not say how long a token lives. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** Refusals after which only the person at the browser can help (RFC 6749 section 5.2, OpenID Connect Core 3.1.2.6). */
const REFUSALS = new Set(['invalid_grant', 'login_required', 'interaction_required', 'mfa_required']);

export function createAccessTokens(
  config: Pick<WebConfig, 'scopes'>,
  provider: ProviderClient,
  { now = Date.now }: { now?: () => number } = {},
): AccessTokens {
  const epochSeconds = () => Math.floor(now() / 1000);

  function current(tokens: WebSession, value: string): AccessToken {
    return {
      value,
      type: tokens.token_type ?? 'Bearer',
      expiresIn: (tokens.expires_at ?? Number.POSITIVE_INFINITY) - epochSeconds(),
      scope: tokens.scope ?? scopeOf(value) ?? config.scopes.join(' '),
    };
  }

  function keep(tokens: WebSession, response: TokenEndpointResponse): AccessToken {
    Object.assign(tokens, {
      access_token: response.access_token,
      expires_at: epochSeconds() + (response.expires_in ?? DEFAULT_LIFETIME_SECONDS),
      refresh_token: response.refresh_token ?? tokens.refresh_token,
      // RFC 6749 section 5.1: no scope in the answer means that it is as before.
      scope: response.scope ?? tokens.scope,
    });
    return current(tokens, response.access_token);
  }

  return {
    get: async (req, { forceRefresh = false } = {}) => {
      // Not `req.oidc.accessToken`: the SDK keeps the tokens of the request's beginning.
      const tokens = req.appSession ?? {};
      const token = tokens.access_token ? current(tokens, tokens.access_token) : undefined;
      const secondsLeft = token?.expiresIn ?? 0;
      if (token && !forceRefresh && secondsLeft > MIN_LIFETIME_SECONDS) return { outcome: 'token', token };

      const lastResort: AccessTokenOutcome | undefined =
        token && !forceRefresh && secondsLeft > 0 ? { outcome: 'token', token } : undefined;
      if (!tokens.refresh_token) return lastResort ?? { outcome: 'no refresh token' };
      try {
        const response = await refreshTokenGrant(await provider.configuration(), tokens.refresh_token);
        return { outcome: 'token', token: keep(tokens, response) };
      } catch (error) {
        if (error instanceof ResponseBodyError && REFUSALS.has(error.error)) {
          req.appSession = undefined;
          return { outcome: 'refused' };
        }
        return lastResort ?? { outcome: 'unavailable', cause: error };
      }
    },
  };
}

/** The `scope` claim, where the token is a JWT that says it. Only for people to read. */
function scopeOf(accessToken: string): string | undefined {
  try {
    const { scope } = decodeJwt(accessToken);
    return typeof scope === 'string' ? scope : undefined;
  } catch {
    return undefined;
  }
}
