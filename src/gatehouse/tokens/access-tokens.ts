import type { Request } from 'express';
import { ForeignIdTokenError, type IdTokenParts, verifyRefreshedIdToken } from '../login/id-token.ts';
import type { ProviderClient } from '../login/provider-client.ts';
import type { WebConfig } from '../config/web-config.ts';
import type { Logger } from '../../program/logger.ts';
import type { ProviderFault } from '../platform/provider-fault.ts';
import { SigningKeysUnavailableError } from '../platform/signing-keys.ts';
import type { DetachedSession } from '../session/detached-session.ts';
import { SessionStoreUnavailableError } from '../session/errors.ts';
import type { KeptToken, WebSession } from '../session/web-session.ts';
import { type Insist, type Renewal, startRenewal } from './renewal.ts';
import type { Revocation } from './revocation.ts';
import { createTokenEndpoint, type TokenAnswer } from './token-endpoint.ts';
import {
  findToken,
  isForAnother,
  isFresh,
  keepToken,
  secondsLeft,
  wasAskedFor,
  type Wish,
} from './token-vault.ts';

/** An access token for an API, good for at least a minute, or half its lifetime. */
export interface AccessToken {
  readonly value: string;
  /** `Bearer`, or what else the provider says. */
  readonly type: string;
  /** Seconds from now; infinite where nobody said, and nobody can renew it. */
  readonly expiresIn: number;
  /** Seconds since the provider gave it; undefined where nobody said how long it lives. */
  readonly age: number | undefined;
  /** What was granted, space-separated; where the provider does not say, what was asked for (RFC 6749 section 5.1). */
  readonly scope: string;
}

/** What came of asking for a token; callers have to meet each. */
export type AccessTokenOutcome =
  | { readonly outcome: 'token'; readonly token: AccessToken }
  /** None that lives, and no refresh token that could get one: sign in again. */
  | { readonly outcome: 'no refresh token' }
  /** The provider refused the refresh, and the session is ended, or it was ended meanwhile: sign in again. */
  | { readonly outcome: 'refused' }
  /** The provider wants the person for this API (`mfa_required`, `consent_required`, …); the session stays. */
  | { readonly outcome: 'interaction needed'; readonly error: string }
  /** The provider cannot be asked right now; the session stays. */
  | { readonly outcome: 'unavailable'; readonly fault: ProviderFault; readonly cause: unknown }
  /** The provider gives no token for this API, or gives one for another. */
  | { readonly outcome: 'audience not granted'; readonly audience: string }
  /** No login of this session has asked for this scope: a login with it may help. */
  | { readonly outcome: 'scope not granted'; readonly scope: string };

export interface AccessTokenRequest {
  /** The API; `AUTH0_AUDIENCE` where it is left out. */
  readonly audience?: string | undefined;
  /** What the token has to be good for, space-separated; left out: what the login asked for. */
  readonly scope?: string | undefined;
  /** Not the token that the session has, but a newer one. */
  readonly forceRefresh?: boolean;
}

export interface AccessTokens {
  /**
   * A token of the request's session: from the session, else renewed by its refresh token (RFC 6749 section 6),
   * once for however many requests, tabs and processes ask. Waits two seconds at most; a renewal that takes longer
   * goes on, and what it brings is there for the next request. A token that still lives is served where
   * none can be renewed, unless `forceRefresh` wants another.
   * @throws SessionStoreUnavailableError
   */
  get(req: Request, request?: AccessTokenRequest): Promise<AccessTokenOutcome>;
  /** Resolves when no renewal is under way. */
  settled(): Promise<void>;
}

export interface AccessTokenParts extends IdTokenParts {
  readonly config: Pick<WebConfig, 'clientId' | 'audience' | 'scopes' | 'isAuth0'>;
  readonly provider: ProviderClient;
  readonly revocation: Revocation;
  readonly detach: (req: Request) => DetachedSession | undefined;
  readonly log: Logger;
}

/** What a person would wait for a page. */
const PATIENCE_MS = 2000;
const TOO_SLOW: AccessTokenOutcome = {
  outcome: 'unavailable',
  fault: { kind: 'slow' },
  cause: new Error(`no answer from the token endpoint within ${PATIENCE_MS} ms`),
};
/** An audience that was not granted is not asked for again for a while. */
const NOT_GRANTED_MS = 60_000;

export function createAccessTokens(parts: AccessTokenParts): AccessTokens {
  const { config, provider, revocation, detach, log, now = Date.now } = parts;
  const endpoint = createTokenEndpoint(provider);
  const renewals = new Map<string, { session: DetachedSession; renewal: Renewal<AccessTokenOutcome> }>();
  const notGranted = new Map<string, number>();
  const nowSeconds = () => Math.floor(now() / 1000);

  function served(token: KeptToken, wish: Wish): AccessTokenOutcome {
    const { access_token: value, token_type: type = 'Bearer', scope } = token;
    if (isForAnother(value, wish.audience)) return refusalOf(wish);
    const expiresIn = secondsLeft(token, nowSeconds());
    const age = token.expires_in === undefined ? undefined : token.expires_in - expiresIn;
    const asked = wish.isOfLogin ? config.scopes.join(' ') : wish.scope;
    return { outcome: 'token', token: { value, type, expiresIn, age, scope: scope ?? asked } };
  }

  /** Renews under the session's lease. Belongs to no request: whoever began it may have given up. */
  async function renew(session: DetachedSession, wish: Wish, instead: string | undefined, insist: Insist) {
    return session.exclusively<AccessTokenOutcome>(async (isHeld) => {
      const tokens = await session.read();
      if (!tokens) return { outcome: 'refused' };
      // Somebody else may have renewed it while we waited.
      const kept = findToken(tokens, wish);
      if (kept && kept.access_token !== instead && isFresh(kept, nowSeconds())) return served(kept, wish);
      if (!tokens.refresh_token) return { outcome: 'no refresh token' };

      const answer = await endpoint.refresh(
        tokens.refresh_token,
        parametersFor(wish, config.isAuth0),
        isHeld,
      );
      const outcome = await keep(session, tokens, wish, answer, insist);
      if (outcome.outcome !== 'audience not granted' || wish.isOfLogin) return outcome;
      const exchanged = await endpoint.exchange(tokens.access_token ?? '', exchangeFor(wish));
      return exchanged ? keep(session, tokens, wish, exchanged, insist) : outcome;
    });
  }

  /** Makes an answer the session's. What it brings is kept before anybody uses it. */
  async function keep(
    session: DetachedSession,
    tokens: WebSession,
    wish: Wish,
    answer: TokenAnswer,
    insist: Insist,
  ): Promise<AccessTokenOutcome> {
    switch (answer.answer) {
      case 'unavailable':
        if (answer.refreshToken) {
          tokens.refresh_token = answer.refreshToken;
          await insist(() => session.write());
        }
        return { outcome: 'unavailable', fault: answer.fault, cause: answer.cause };
      case 'not granted':
        return refusalOf(wish);
      case 'refused':
        break;
      case 'interaction needed':
        // Without its own API the session is worth nothing; another one leaves it as it is.
        if (!wish.isOfLogin) return { outcome: 'interaction needed', error: answer.error };
        break;
      case 'tokens': {
        const flaw = await flawOf(answer.idToken, tokens.id_token ?? '');
        if (flaw === 'foreign') break;
        const { access_token, refresh_token } = answer.tokens;
        // Also with a flaw: the refresh token that it replaces is spent.
        if (refresh_token) tokens.refresh_token = refresh_token;
        const isForUs = !flaw && !isForAnother(access_token, wish.audience);
        const token = isForUs ? keepToken(tokens, wish, answer.tokens, nowSeconds()) : undefined;
        if (!(await insist(() => session.write()))) {
          // It was ended meanwhile; nobody has this refresh token but us.
          if (refresh_token) await revocation.revoke(refresh_token);
          return { outcome: 'refused' };
        }
        if (flaw) return flaw;
        return token ? served(token, wish) : refusalOf(wish);
      }
    }
    await insist(() => session.end());
    return { outcome: 'refused' };
  }

  /** What is wrong with a refreshed ID token: nothing, somebody else's, or an outcome to tell. */
  async function flawOf(
    idToken: string | undefined,
    original: string,
  ): Promise<undefined | 'foreign' | AccessTokenOutcome> {
    if (idToken === undefined) return undefined;
    try {
      await verifyRefreshedIdToken(idToken, original, parts);
      return undefined;
    } catch (error) {
      if (error instanceof ForeignIdTokenError) {
        log.error(
          { security: 'foreign_id_token', claim: error.claim },
          'session ended: a refresh brought an ID token of another',
        );
        return 'foreign';
      }
      const kind = error instanceof SigningKeysUnavailableError ? 'away' : 'nonsense';
      return { outcome: 'unavailable', fault: { kind }, cause: error };
    }
  }

  /** One renewal at a time for the same wish of the same session. */
  function renewOnce(session: DetachedSession, wish: Wish, instead: string | undefined) {
    const key = JSON.stringify([session.key, wish.audience, wish.scope, instead]);
    const running = renewals.get(key);
    if (running) return running;
    const renewal = startRenewal((insist) =>
      renew(session, wish, instead, insist).finally(() => renewals.delete(key)),
    );
    const started = { session, renewal };
    renewals.set(key, started);
    return started;
  }

  return {
    get: async (req, { audience = config.audience, scope = '', forceRefresh = false } = {}) => {
      const isOfLogin = audience === config.audience;
      const wish: Wish = { audience, isOfLogin, scope: scope.split(' ').sort().join(' ') };
      // Not `req.oidc.accessToken`: the SDK keeps the tokens of the request's beginning.
      const session = detach(req);
      const tokens = req.appSession ?? {};
      if (isOfLogin && !wasAskedFor(scope, config.scopes, tokens))
        return { outcome: 'scope not granted', scope };

      const token = findToken(tokens, wish);
      if (token && isForAnother(token.access_token, audience)) return refusalOf(wish);
      if (token && !forceRefresh && isFresh(token, nowSeconds())) return served(token, wish);
      const lastResort =
        token && !forceRefresh && secondsLeft(token, nowSeconds()) > 0 ? served(token, wish) : undefined;
      if (!session) return lastResort ?? { outcome: 'no refresh token' };

      const refusedKey = JSON.stringify([session.key, wish.audience, wish.scope]);
      if (now() < (notGranted.get(refusedKey) ?? 0)) return lastResort ?? refusalOf(wish);
      const running = renewOnce(session, wish, forceRefresh ? token?.access_token : undefined);
      const outcome = await running.renewal.within(PATIENCE_MS, TOO_SLOW).catch((error: unknown) => {
        if (lastResort && error instanceof SessionStoreUnavailableError) return lastResort;
        throw error;
      });
      running.session.adopt(req);
      if (outcome.outcome === 'refused') {
        req.appSession = undefined;
        return outcome;
      }
      if (outcome.outcome === 'audience not granted') {
        notGranted.set(refusedKey, now() + NOT_GRANTED_MS);
        for (const [key, until] of notGranted) if (until < now()) notGranted.delete(key);
      }
      return outcome.outcome === 'token' ? outcome : (lastResort ?? outcome);
    },
    settled: async () => {
      await Promise.allSettled([...renewals.values()].map(({ renewal }) => renewal.done));
    },
  };
}

/** How a refresh names another API: Auth0's multi-resource refresh tokens, or RFC 8707. */
function parametersFor({ audience, isOfLogin, scope }: Wish, isAuth0: boolean): Record<string, string> {
  // For its own API a refresh token says it all.
  if (isOfLogin || audience === undefined) return {};
  return { [isAuth0 ? 'audience' : 'resource']: audience, ...(scope && { scope }) };
}

function exchangeFor({ audience = '', scope }: Wish): Record<string, string> {
  return { audience, ...(scope && { scope }) };
}

function refusalOf({ audience = '' }: Wish): AccessTokenOutcome {
  return { outcome: 'audience not granted', audience };
}
