/** What a request's access token says; `requireToken` leaves it in `req.auth`. */
export interface TokenAuth {
  /** The subject: the user, or the client of a machine. Unique within the issuer (RFC 9068 section 2.2). */
  readonly sub: string;
  /** Every permission of the token, wherever it stands in it. */
  readonly scopes: readonly string[];
  /** The whole payload of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The token itself, to be passed on or exchanged. It belongs into no log. */
  readonly token: string;
}

declare global {
  namespace Express {
    interface Request {
      /** The caller, after `requireToken`. */
      auth?: TokenAuth;
    }
  }
}
