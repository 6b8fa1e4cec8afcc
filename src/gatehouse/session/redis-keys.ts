import { hash as digest } from 'node:crypto';

/** What is known of the sessions of a user, or of one session at the provider; on one node of a cluster. */
export interface OwnerKeys {
  /** Their names, scored by when they end. */
  readonly list: string;
  /** When they were last ended, for logins that are still under way. */
  readonly ended: string;
}

const ownerKeys = (owner: string): OwnerKeys => ({ list: `gatehouse:${owner}`, ended: `gatehouse:ended:${owner}` });

/**
 * Every key that sessions have in Redis. Names are hashes: whoever reads them learns no cookie and no user.
 * `namespace` (issuer and client) keeps several apps in one Redis apart.
 */
export function createRedisKeys(namespace: string) {
  const hash = (...parts: string[]) => digest('sha256', JSON.stringify([namespace, ...parts]), 'base64url');
  return {
    /** The public name of a session: its id hashed, of no use as a cookie. */
    nameOf: (sessionId: string) => hash('session', sessionId),
    /** Where connect-redis puts sessions; followed by the session's name. */
    sessionPrefix: 'gatehouse:session:',
    ofSubject: (sub: string) => ownerKeys(`sub:{${hash('sub', sub)}}`),
    ofProviderSession: (sid: string) => ownerKeys(`sid:{${hash('sid', sid)}}`),
    /** Held by whoever renews the tokens of a session. */
    lease: (name: string) => `gatehouse:lease:${name}`,
    /** Exists while a process writes with this secret. */
    secret: (id: string) => `gatehouse:secret:${id}`,
    /** Written to see whether Redis takes writes. */
    probe: 'gatehouse:probe',
    /** Logout tokens that have been seen. */
    logoutToken: (jti: string) => `gatehouse:logout:${hash('jti', jti)}`,
  };
}

export type RedisKeys = ReturnType<typeof createRedisKeys>;
