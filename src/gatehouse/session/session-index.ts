/** One signed-in browser of a user, as `/sessions` shows it. */
export interface SessionSummary {
  /** Names the session on pages; neither the cookie's value nor of use anywhere else. */
  readonly id: string;
  /** epoch ms */
  readonly createdAt: number;
  /** epoch ms, exact to a minute */
  readonly lastSeenAt: number;
  readonly userAgent: string | undefined;
}

/**
 * Which sessions a user, or one session at the provider, has here. Every method rejects with
 * `SessionStoreUnavailableError` when Redis cannot answer.
 */
export interface SessionIndex {
  /** The sessions of a user (the provider's `sub`), newest first. */
  list(sub: string): Promise<readonly SessionSummary[]>;
  /** Ends one session of this user. False where `id` is none of theirs. */
  revoke(sub: string, id: string): Promise<boolean>;
  /**
   * Ends every session of a user but `exceptId`, and the logins that are just completing. Answers how many.
   */
  endSubject(sub: string, exceptId?: string): Promise<number>;
  /** Ends the sessions that belong to one session at the provider (its `sid`), also those just completing. */
  endProviderSession(sid: string): Promise<number>;
  /** Whether this logout token was carried out before. */
  knowsLogoutToken(jti: string): Promise<boolean>;
  rememberLogoutToken(jti: string, seconds: number): Promise<void>;
  /** The public id of the session that this request belongs to; undefined where it has none. */
  idOf(req: object): string | undefined;
}
