import { hash as digest } from 'node:crypto';

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
    /** Names of the sessions of a user, and of a session at the provider; scored with when they end. */
    ofSubject: (sub: string) => `gatehouse:sub:${hash('sub', sub)}`,
    ofProviderSession: (sid: string) => `gatehouse:sid:${hash('sid', sid)}`,
    /** When sessions of these were ended last, for logins that are just completing. */
    subjectEnded: (sub: string) => `gatehouse:ended:sub:${hash('sub', sub)}`,
    providerSessionEnded: (sid: string) => `gatehouse:ended:sid:${hash('sid', sid)}`,
    /** Held by whoever renews the tokens of a session. */
    lease: (name: string) => `gatehouse:lease:${name}`,
    /** Written to see whether Redis takes writes. */
    probe: 'gatehouse:probe',
    /** Logout tokens that were seen. */
    logoutToken: (jti: string) => `gatehouse:logout:${hash('jti', jti)}`,
  };
}

export type RedisKeys = ReturnType<typeof createRedisKeys>;
