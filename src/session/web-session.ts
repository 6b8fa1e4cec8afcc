/** What the session of a signed-in user holds: the tokens as express-openid-connect keeps them, and our additions. */
export interface WebSession {
  id_token?: string;
  access_token?: string;
  refresh_token?: string | undefined;
  token_type?: string;
  /** When the access token ends, epoch seconds. */
  expires_at?: number;
  /** What was granted at the last refresh; of the login itself the SDK does not keep it. */
  scope?: string | undefined;
  /** The provider's name for its own session, from the ID token of the login. */
  sid?: string;
  /** What the browser said of itself at login; untrusted text. */
  user_agent?: string | undefined;
  /** Claims that the ID token leaves out; see complete-profile.ts. */
  userinfo?: Record<string, unknown>;
}
