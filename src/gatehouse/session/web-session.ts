/** An access token as it is kept. */
export interface KeptToken {
  access_token: string;
  token_type?: string;
  /** When it ends, epoch seconds; unknown where it cannot be renewed anyway. */
  expires_at?: number;
  /** How long it lives in all, seconds. */
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
  /** It was begun because the tokens of the login before were refused. */
  readonly again?: true;
  /** Authentication context classes, space-separated, best first (OpenID Connect Core 3.1.2.1). */
  readonly acr_values?: string;
  /** The sign-in itself has to be at most so many seconds ago. */
  readonly max_age?: number;
  /** Scopes beside those of every login, space-separated. */
  readonly scope?: string;
  /** `login`: the provider asks again also where it has a session. */
  readonly prompt?: 'login';
}

/**
 * What the session of a signed-in user holds: the tokens of the login as express-openid-connect keeps them, and
 * our additions.
 */
export interface WebSession extends Partial<KeptToken> {
  /** As at the login; those of refreshes are verified, not kept. */
  id_token?: string;
  refresh_token?: string;
  /** Tokens for other APIs. */
  tokens?: AudienceToken[];
  /** When any token was renewed last, epoch ms; only where sessions live in cookies. */
  renewed_at?: number;
  /** When the session's login was, and what it was asked for beyond the usual. */
  asked?: AskedOfLogin;
  /** The logins that led to this session, by the hash of their `state`; the newest first. */
  logins?: string[];
  /**
   * When the first of the logins in a row was, epoch seconds. Only where sessions live in cookies: there the SDK
   * counts the absolute lifetime from it.
   */
  began?: number;
  /** The provider's name for its own session, from the ID token of the login. */
  sid?: string;
  /** What the browser said of itself at login; untrusted text. */
  user_agent?: string | undefined;
  /** Claims that the ID token leaves out; see complete-profile.ts. */
  userinfo?: Record<string, unknown>;
}
