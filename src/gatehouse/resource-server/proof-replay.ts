import { createHash } from 'node:crypto';
import type { Redis } from '../platform/redis.ts';

/** A proof is young enough for 300 s, and may come from a clock that is 30 s ahead (see access-token.ts). */
export const PROOF_MAX_AGE_SECONDS = 300;
export const PROOF_LEEWAY_SECONDS = 30;
const WINDOW_MS = (PROOF_MAX_AGE_SECONDS + PROOF_LEEWAY_SECONDS + 5) * 1000;

/**
 * Remembers DPoP proofs for as long as they would be accepted (RFC 9449 section 11.1): true the first time, false for a
 * replay. Rejects when it cannot tell.
 */
export type ProofMemory = (keyThumbprint: string, jti: string) => Promise<boolean>;

/** Shared by every API process that knows the same Redis. */
export function redisProofMemory(client: Redis): ProofMemory {
  return async (keyThumbprint, jti) => {
    const key = `gatehouse:dpop:${fingerprint(keyThumbprint, jti)}`;
    const options = { condition: 'NX', expiration: { type: 'PX', value: WINDOW_MS } } as const;
    return (await client.set(key, '1', options)) === 'OK';
  };
}

/** For a single API process. Refuses to forget: at `limit` proofs within the window it cannot tell any more. */
export function localProofMemory({ limit = 100_000, now = Date.now } = {}): ProofMemory {
  // All proofs live equally long, so those that end first are those that came first.
  const endsAt = new Map<string, number>();
  return async (keyThumbprint, jti) => {
    for (const [known, end] of endsAt) {
      if (end > now()) break;
      endsAt.delete(known);
    }
    const key = fingerprint(keyThumbprint, jti);
    if (endsAt.has(key)) return false;
    if (endsAt.size >= limit) throw new Error(`${limit} DPoP proofs within ${WINDOW_MS} ms; set REDIS_URL`);
    endsAt.set(key, now() + WINDOW_MS);
    return true;
  };
}

/** A `jti` may be of any length and any text. */
function fingerprint(keyThumbprint: string, jti: string): string {
  return createHash('sha256')
    .update(JSON.stringify([keyThumbprint, jti]))
    .digest('base64url');
}
