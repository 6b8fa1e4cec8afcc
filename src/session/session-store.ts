/** What express-openid-connect keeps of one session. All times are epoch seconds but `cookie`. */
export interface StoredSession {
  /** issued at, updated at, expires at */
  readonly header: { readonly iat: number; readonly uat: number; readonly exp: number };
  /** Tokens of the login and whatever the app keeps beside them. */
  readonly data: Record<string, unknown>;
  /** When the browser's cookie ends, epoch ms, and in how many ms from now. */
  readonly cookie: { readonly expires: number; readonly maxAge: number };
}

/** Keeper of server-side sessions. The one seam between the web app and where sessions live. */
export interface SessionStore {
  /** The session, or undefined where there is none. Rejects when the store cannot answer. */
  find(id: string): Promise<StoredSession | undefined>;
  /** Keeps the session until `cookie.expires`. Rejects when the store cannot answer. */
  save(id: string, session: StoredSession): Promise<void>;
  /** Forgets the session; fine where there is none. Rejects when the store cannot answer. */
  end(id: string): Promise<void>;
}

/**
 * `store` as the SDK's option `session.store` takes it. The SDK sorts methods by their source text: only
 * one-line async arrows like these are surely taken for promises (its lib/utils/promisifyCompat.js).
 */
export function asSdkStore(store: SessionStore) {
  return {
    get: async (id: string) => store.find(id),
    set: async (id: string, session: StoredSession) => store.save(id, session),
    destroy: async (id: string) => store.end(id),
  };
}
