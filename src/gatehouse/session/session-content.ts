import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';

/** Claims about the signed-in user, of any type of JSON (OpenID Connect Core 1.0 sections 2 and 5.1). */
export type Claims = { readonly sub: string } & Readonly<Record<string, unknown>>;

/** An access token as it is kept. */
export interface KeptToken {
  access_token: string;
  token_type?: string;
  /** When it ends, epoch seconds; may be unknown where it cannot be renewed anyway. */
  expires_at?: number;
  /** Its whole lifetime, seconds. */
  expires_in?: number;
  /** What was granted, space-separated; unknown where the provider does not say. */
  scope?: string;
}

/** A token for another API than that of the login. */
export interface AudienceToken extends KeptToken {
  audience: string;
  /** What was asked for, space-separated. */
  requested: string;
}

/** What a login was asked for beyond the usual. */
export interface AskedOfLogin {
  /** When it was finished, epoch seconds. */
  readonly at: number;
  /** It was begun because the previous login's tokens were refused. */
  readonly again?: true;
  /** Authentication context classes, space-separated, best first (OpenID Connect Core 3.1.2.1). */
  readonly acr_values?: string;
  /** The sign-in itself must be at most this many seconds old. */
  readonly max_age?: number;
  /** Scopes on top of those of every login, space-separated. */
  readonly scope?: string;
  /** `login`: the provider asks again even if it has a session. */
  readonly prompt?: 'login';
}

/** What the session of a signed-in user holds; kept as JSON. */
export interface SessionContent extends Partial<KeptToken> {
  /** What the ID token says, and what UserInfo adds to it; decoded once, at login. */
  claims: Claims;
  /** UserInfo could not be asked for what the ID token leaves out. */
  incomplete?: true;
  /** That of the login; those of refreshes are verified, not kept. */
  readonly id_token: string;
  refresh_token?: string;
  /** Tokens for other APIs. */
  tokens?: AudienceToken[];
  /** When any token was renewed last, epoch ms; only where sessions live in cookies. */
  renewed_at?: number;
  /** When the session's login was, and what it was asked for beyond the usual. */
  readonly asked: AskedOfLogin;
  /** The logins that led to this session, by the hash of their `state`; the newest first. */
  readonly logins: readonly string[];
  /** The provider's name for its own session; left out where sessions live in cookies, which it cannot end. */
  readonly sid?: string;
  /** When the provider's session ends at the latest, where it says so, epoch seconds. */
  readonly session_expires_at?: number;
  /** What the browser said of itself at login; untrusted text. */
  readonly user_agent?: string;
  /** The host's own. */
  data?: Record<string, unknown>;
}

/** A session as it is kept, wherever that is. Times in epoch seconds. */
export interface KeptSession {
  readonly content: SessionContent;
  readonly createdAt: number;
  /** When it was last seen, exact to the touch interval. */
  readonly touchedAt: number;
}

/** The fields that a renewal of tokens changes together. */
export const TOKEN_FIELDS = [
  ...(['access_token', 'refresh_token', 'token_type', 'expires_at'] as const),
  ...(['expires_in', 'scope', 'tokens', 'renewed_at'] as const),
];

/** An ID token's own claims, with what UserInfo adds: what is signed counts. */
export function claimsOf(idToken: string, userInfo: Readonly<Record<string, unknown>> = {}): Claims {
  return { ...userInfo, ...decodeJwt(idToken) };
}

/**
 * What the log calls a session and its user. A session goes by its login, which is random, stays the same for as long
 * as the session lives, and is sealed in it: without our secret it leads to no cookie, and to no session in Redis.
 */
export function aboutSession(content: SessionContent) {
  return { session: sessionInLogs(content), sub: userInLogs(content.claims.sub) };
}

export function sessionInLogs({ logins }: SessionContent): string | undefined {
  return logins[0]?.slice(0, 12);
}

/** A subject as it may be logged: some providers use an e-mail address, which is hashed. */
export function userInLogs(sub: string): string {
  return sub.includes('@') ? `sha256:${hash('sha256', sub).slice(0, 16)}` : sub;
}
