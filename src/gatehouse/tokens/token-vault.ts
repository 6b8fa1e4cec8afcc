import { decodeJwt } from 'jose';
import type { TokenEndpointResponse } from 'openid-client';
import { ProviderUnavailableError } from '../oidc/provider-unavailable.ts';
import { includesScopes, joinScopes } from '../oidc/scopes.ts';
import type { DoorConfig } from '../config/door-config.ts';
import type { HeldToken } from './access-token.ts';
import type { AudienceToken, KeptToken, SessionContent } from '../session/session-content.ts';

/** A token that ends sooner would end on its way to the API; one that lives shortly is good for half its life. */
const MIN_LIFETIME_SECONDS = 60;
/** Where the provider does not say how long a token lives. */
const ASSUMED_LIFETIME_SECONDS = 300;
/** More APIs than any page calls: an old session must not grow without end. */
const MAX_TOKENS = 20;

/** Fit for a header: what RFC 6750 section 2.1 allows, and some more that providers use. */
export const IS_TOKEN = /^[\x21-\x7e]+$/;

/** The token that a page wants. */
export interface Wish {
  /** The API's identifier; undefined for the API of the login where none is configured. */
  readonly audience: string | undefined;
  /** Whether that is the API of the login, whose token is the session's own. */
  readonly isOfLogin: boolean;
  /** What it has to be good for, space-separated; empty: whatever there is. */
  readonly scope: string;
}

/**
 * The kept token that serves a wish, alive or not. What counts is what was asked for, not what was granted: a
 * provider that grants less (permissions that the user does not have) would be asked again for every request.
 */
export function findToken(session: SessionContent, wish: Wish): KeptToken | undefined {
  if (wish.isOfLogin) return session.access_token ? (session as KeptToken) : undefined;
  return session.tokens?.find(
    ({ audience, requested }) => audience === wish.audience && includesScopes(requested, wish.scope),
  );
}

/** Puts the tokens of an answer into a session. The refresh token is kept wherever the provider sends a new one. */
export function keepToken(
  session: SessionContent,
  wish: Wish,
  answer: TokenEndpointResponse,
  nowSeconds: number,
): KeptToken {
  const before = findToken(session, wish);
  const lifetime = lifetimeOf(answer, nowSeconds);
  const scope = answer.scope ?? scopeClaim(answer.access_token) ?? before?.scope;
  const token: KeptToken = {
    access_token: answer.access_token,
    token_type: typeNamed(answer.token_type),
    expires_in: lifetime,
    expires_at: nowSeconds + lifetime,
    ...(scope !== undefined && { scope }),
  };
  if (wish.isOfLogin) {
    Object.assign(session, token);
  } else {
    const entry: AudienceToken = { ...token, audience: wish.audience ?? '', requested: wish.scope };
    const others = (session.tokens ?? []).filter(
      (kept) =>
        (kept.expires_at ?? 0) > nowSeconds &&
        !(kept.audience === entry.audience && kept.requested === entry.requested),
    );
    session.tokens = [entry, ...others].slice(0, MAX_TOKENS);
  }
  return token;
}

/**
 * The token of a login as it is kept: with how long it lives, and what was granted with it.
 * @throws ProviderUnavailableError for an access token that is none
 */
export function tokenOfLogin(
  login: {
    readonly access_token: string;
    readonly token_type: string;
    readonly refresh_token?: string | undefined;
    readonly expires_at?: number | undefined;
  },
  grantedScope: string | undefined,
  nowSeconds: number,
): KeptToken {
  const { access_token: token, token_type: type, refresh_token: refreshToken, expires_at: endsAt } = login;
  if (!IS_TOKEN.test(token)) throw new ProviderUnavailableError(new Error('the access token is no token'));
  const expiresIn = endsAt === undefined ? undefined : endsAt - nowSeconds;
  const scope = grantedScope ?? scopeClaim(token);
  // One that cannot be renewed is used until the API refuses it.
  const isForever = expiresIn === undefined && !refreshToken && expClaim(token) === undefined;
  const lifetime = lifetimeOf({ access_token: token, expires_in: expiresIn }, nowSeconds);
  return {
    access_token: token,
    token_type: typeNamed(type),
    ...(!isForever && { expires_in: lifetime, expires_at: nowSeconds + lifetime }),
    ...(scope !== undefined && { scope }),
  };
}

/** What a session's access tokens are good for: that of the login first. */
export function heldTokens(
  session: SessionContent,
  config: Pick<DoorConfig, 'audience' | 'scopes'>,
): readonly HeldToken[] {
  const dateOf = (seconds: number | undefined) => (seconds === undefined ? undefined : new Date(seconds * 1000));
  const ofLogin = session.access_token !== undefined && {
    audience: config.audience,
    scope: session.scope ?? config.scopes.join(' '),
    expiresAt: dateOf(session.expires_at),
  };
  const others = (session.tokens ?? []).map(({ audience, scope, requested, expires_at }) => ({
    audience,
    scope: scope ?? requested,
    expiresAt: dateOf(expires_at),
  }));
  return [...(ofLogin ? [ofLogin] : []), ...others];
}

/** Seconds that a token lives yet. */
export function secondsLeft({ expires_at }: KeptToken, nowSeconds: number): number {
  return (expires_at ?? Number.POSITIVE_INFINITY) - nowSeconds;
}

/** Whether a token lives long enough to be handed out: a minute more, or half its lifetime. */
export function isFresh(token: KeptToken, nowSeconds: number): boolean {
  const needed = Math.min(MIN_LIFETIME_SECONDS, (token.expires_in ?? Number.POSITIVE_INFINITY) / 2);
  return secondsLeft(token, nowSeconds) > needed;
}

/** Whether a token says that it is for another audience. One that is no JWT (opaque, encrypted) says nothing. */
export function isForAnother(accessToken: string, audience: string | undefined): boolean {
  const { aud } = claimsOf(accessToken);
  return audience !== undefined && aud !== undefined && ![aud].flat().includes(audience);
}

/** Whether the session's login, which asks for `scopes` and maybe more, has asked for all of `wanted`. */
export function wasAskedFor(wanted: string, scopes: readonly string[], session: SessionContent): boolean {
  return includesScopes(joinScopes(scopes, session.asked.scope), wanted);
}

function lifetimeOf(
  { access_token, expires_in }: { access_token: string; expires_in?: number | undefined },
  nowSeconds: number,
): number {
  const exp = expClaim(access_token);
  return Math.floor(expires_in ?? (exp === undefined ? ASSUMED_LIFETIME_SECONDS : Math.max(0, exp - nowSeconds)));
}

/** As the SDK writes it; providers write it in any case. */
function typeNamed(type: string): string {
  return type.toLowerCase() === 'bearer' ? 'Bearer' : type;
}

function expClaim(accessToken: string): number | undefined {
  const { exp } = claimsOf(accessToken);
  return typeof exp === 'number' ? exp : undefined;
}

function scopeClaim(accessToken: string): string | undefined {
  const { scope } = claimsOf(accessToken);
  return typeof scope === 'string' ? scope : undefined;
}

/** The claims of a JWT, unverified: for our own eyes, the API decides. */
function claimsOf(accessToken: string): ReturnType<typeof decodeJwt> {
  try {
    return decodeJwt(accessToken);
  } catch {
    return {};
  }
}
