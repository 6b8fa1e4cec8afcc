import { decodeJwt } from 'jose';
import type { DoorConfig } from '../config/door-config.ts';
import { ProviderUnavailableError } from '../oidc/provider-fault.ts';
import { includesScopes, joinScopes } from '../oidc/scopes.ts';
import type { AudienceToken, KeptToken, SessionContent } from '../session/session-content.ts';
import type { AccessToken, HeldToken } from './access-token.ts';

/** A token with less left might expire on its way to the API; a short-lived one is good for half its life. */
const MIN_LIFETIME_SECONDS = 60;
/** Where the provider does not say how long a token lives. */
const ASSUMED_LIFETIME_SECONDS = 300;
/** More APIs than any page calls: an old session must not grow without end. */
const MAX_TOKENS = 20;

/** Fit for a header: what RFC 6750 section 2.1 allows, and what else providers use. */
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

/** What a provider says of an access token that it gives. */
interface GivenToken {
  access_token: string;
  token_type: string;
  expires_in?: number | undefined;
  scope?: string | undefined;
}

/**
 * The kept token that serves a wish, expired or not. What counts is what was asked for, not what was granted: a
 * provider that grants less (permissions that the user does not have) would be asked again for every request.
 */
export function findToken(session: SessionContent, wish: Wish): KeptToken | undefined {
  if (wish.isOfLogin) return session.access_token ? (session as KeptToken) : undefined;
  return session.tokens?.find(
    ({ audience, requested }) => audience === wish.audience && includesScopes(requested, wish.scope),
  );
}

/** Puts the token of an answer into a session. */
export function keepToken(session: SessionContent, wish: Wish, given: GivenToken): KeptToken {
  const now = nowSeconds();
  const scope = findToken(session, wish)?.scope;
  const token = { ...(scope !== undefined && { scope }), ...keptToken(given, now, ASSUMED_LIFETIME_SECONDS) };
  if (wish.isOfLogin) return Object.assign(session, token);
  const entry: AudienceToken = { ...token, audience: wish.audience ?? '', requested: wish.scope };
  const others = (session.tokens ?? []).filter(
    (kept) => (kept.expires_at ?? 0) > now && !(kept.audience === entry.audience && kept.requested === entry.requested),
  );
  session.tokens = [entry, ...others].slice(0, MAX_TOKENS);
  return entry;
}

/**
 * The token of a login as it is kept: with how long it lives, and what was granted with it.
 * @throws ProviderUnavailableError for a malformed access token
 */
export function tokenOfLogin(
  login: Omit<GivenToken, 'expires_in'> & { refresh_token?: string | undefined; expires_at?: number | undefined },
  scope: string | undefined,
  now: number,
): KeptToken {
  const { access_token, token_type, refresh_token, expires_at } = login;
  if (!IS_TOKEN.test(access_token)) throw new ProviderUnavailableError(new Error('the access token is no token'));
  const expires_in = expires_at === undefined ? undefined : expires_at - now;
  // One that cannot be renewed is used until the API refuses it.
  const assumed = refresh_token ? ASSUMED_LIFETIME_SECONDS : undefined;
  return keptToken({ access_token, token_type, expires_in, scope }, now, assumed);
}

function keptToken(given: GivenToken, now: number, assumedLifetime: number | undefined): KeptToken {
  const { access_token, token_type, expires_in } = given;
  const { exp, scope: claim } = claimsOf(access_token);
  const lifetime = expires_in ?? (exp === undefined ? assumedLifetime : Math.max(0, exp - now));
  const scope = given.scope ?? claim;
  return {
    access_token,
    // As the SDK writes it; providers use any mix of upper and lower case.
    token_type: token_type.toLowerCase() === 'bearer' ? 'Bearer' : token_type,
    ...(lifetime !== undefined && { expires_in: Math.floor(lifetime), expires_at: now + Math.floor(lifetime) }),
    ...(scope !== undefined && { scope }),
  };
}

/** A kept token as hosts get it. @param asked the scope asked for, in case the provider did not say what it granted */
export function asAccessToken(token: KeptToken, asked: string, refreshToken: string | undefined): AccessToken {
  const { access_token: value, token_type: type = 'Bearer', expires_in: lifetime, scope = asked } = token;
  const expiresIn = secondsLeft(token);
  const age = lifetime === undefined ? undefined : lifetime - expiresIn;
  return { value, type, expiresIn, age, scope, isRenewable: refreshToken !== undefined };
}

/** What a session's access tokens are good for: that of the login first. */
export function heldTokens(session: SessionContent, config: Pick<DoorConfig, 'audience' | 'scopes'>): HeldToken[] {
  const { access_token, scope = config.scopes.join(' '), expires_at, tokens = [] } = session;
  const ofLogin = { audience: config.audience, scope, requested: scope, expires_at };
  return [...(access_token === undefined ? [] : [ofLogin]), ...tokens].map((token) => ({
    audience: token.audience,
    scope: token.scope ?? token.requested,
    expiresAt: token.expires_at === undefined ? undefined : new Date(token.expires_at * 1000),
  }));
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Seconds that a token has left. */
export function secondsLeft({ expires_at = Number.POSITIVE_INFINITY }: KeptToken): number {
  return expires_at - nowSeconds();
}

/** Whether a token lives long enough to be handed out: a minute more, or half its lifetime. */
export function isFresh(token: KeptToken): boolean {
  const { expires_in: lifetime = Number.POSITIVE_INFINITY } = token;
  return secondsLeft(token) > Math.min(MIN_LIFETIME_SECONDS, lifetime / 2);
}

/** Whether a token says that it is for another audience. One that is not a JWT (opaque, encrypted) says nothing. */
export function isForAnother(accessToken: string, audience: string | undefined): boolean {
  const { aud } = claimsOf(accessToken);
  return audience !== undefined && aud !== undefined && ![aud].flat().includes(audience);
}

/** Whether the session's login, which asks for `scopes` and maybe more, has asked for all of `wanted`. */
export function wasAskedFor(wanted: string, scopes: readonly string[], session: SessionContent): boolean {
  return includesScopes(joinScopes(scopes, session.asked.scope), wanted);
}

/** What a JWT says of itself, unverified: only for our own use, the API decides. */
function claimsOf(accessToken: string) {
  try {
    const { aud, exp, scope } = decodeJwt(accessToken);
    return {
      aud,
      exp: typeof exp === 'number' ? exp : undefined,
      scope: typeof scope === 'string' ? scope : undefined,
    };
  } catch {
    return {};
  }
}
