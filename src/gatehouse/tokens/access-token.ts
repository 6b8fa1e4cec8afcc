/** An access token for an API (RFC 6749 section 5.1), good for at least a minute, or half its lifetime. */
export interface AccessToken {
  /** What to send, `Authorization: Bearer …` (RFC 6750 section 2.1). Never log it. */
  readonly value: string;
  /** `Bearer`, or whatever else the provider says. */
  readonly type: string;
  /** Seconds from now; infinite where nobody said, and nobody can renew it. */
  readonly expiresIn: number;
  /** Seconds since the provider gave it; undefined where nobody said how long it lives. */
  readonly age: number | undefined;
  /** What was granted, space-separated; where the provider does not say, what was asked for. */
  readonly scope: string;
  /** Whether another can be had without asking the person: there is a refresh token (RFC 6749 section 1.5). */
  readonly isRenewable: boolean;
}

/** Which access token is wanted. Left out: that of the login. */
export interface AccessTokenRequest {
  /** The API's identifier (`audience`, or `resource` of RFC 8707); left out: `AUTH0_AUDIENCE`. */
  readonly audience?: string | undefined;
  /** What the token has to be good for, space-separated; left out: what the login asked for. */
  readonly scope?: string | undefined;
  /** A newer one than the session has, after the API answered 401; heeded once in 2 s, and ten times a minute. */
  readonly forceRefresh?: boolean | undefined;
}

/** What an access token of a session is good for, without the token. */
export interface HeldToken {
  /** The API; undefined where none was named at login. */
  readonly audience: string | undefined;
  /** What was granted, space-separated. */
  readonly scope: string;
  /** Undefined where nobody said how long it lives. */
  readonly expiresAt: Date | undefined;
}

/** What came of asking for a token; callers have to meet each. */
export type AccessTokenOutcome =
  | { readonly outcome: 'token'; readonly token: AccessToken }
  /** No valid token, and no refresh token to get one with: sign in again. */
  | { readonly outcome: 'no refresh token' }
  /** The provider refused the refresh, which ended the session, or the session ended meanwhile: sign in again. */
  | { readonly outcome: 'refused' }
  /** The provider wants the person for this API (`mfa_required`, `consent_required`, …); the session stays. */
  | { readonly outcome: 'interaction needed'; readonly error: string }
  /** The provider cannot be asked right now; the session stays. providerFault reads the cause. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown }
  /** Refreshes were forced too often; the session and its token stay. */
  | { readonly outcome: 'too often'; readonly retryAfterSeconds: number }
  /** The provider gives no token for this API, or gives one for another. */
  | { readonly outcome: 'audience not granted' }
  /** No login of this session has asked for this scope: a login with it may help. */
  | { readonly outcome: 'scope not granted' };
