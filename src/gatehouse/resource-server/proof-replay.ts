import { createHash } from 'node:crypto';
import type { Redis } from '../platform/redis.ts';

/** A proof is accepted for 300 s, and may come from a clock that is 30 s ahead (see access-token.ts). */
export const PROOF_MAX_AGE_SECONDS = 300;
export const PROOF_LEEWAY_SECONDS = 30;
const WINDOW_MS = (PROOF_MAX_AGE_SECONDS + PROOF_LEEWAY_SECONDS + 5) * 1000;

/**
 * Remembers DPoP proofs for as long as they would be accepted (RFC 9449 section 11.1): true the first time, false for a
 * replay. Rejects when it cannot tell.
 */
export type ProofMemory = (keyThumbprint: string, jti: string) => Promise<boolean>;

/** Shared by every API process with the same Redis. */
export function redisProofMemory(client: Redis): ProofMemory {
  return async (keyThumbprint, jti) => {
    const key = `gatehouse:dpop:${fingerprint(keyThumbprint, jti)}`;
    const options = { condition: 'NX', expiration: { type: 'PX', value: WINDOW_MS } } as const;
    return (await client.set(key, '1', options)) === 'OK';
  };
}

/**
 * For a single API process. Refuses to forget: at `limit` proofs within the window, or `perKey` of one client (so that
 * none takes all the room), it can no longer tell.
 */
export function localProofMemory({ limit = 100_000, perKey = 10_000, now = Date.now } = {}): ProofMemory {
  // All proofs live equally long, so the first to come are the first to end.
  const known = new Map<string, { readonly endsAt: number; readonly key: string }>();
  const countOf = new Map<string, number>();
  return async (keyThumbprint, jti) => {
    for (const [proof, { endsAt, key }] of known) {
      if (endsAt > now()) break;
      known.delete(proof);
      const left = (countOf.get(key) ?? 1) - 1;
      if (left > 0) countOf.set(key, left);
      else countOf.delete(key);
    }
    const proof = fingerprint(keyThumbprint, jti);
    if (known.has(proof)) return false;
    const count = countOf.get(keyThumbprint) ?? 0;
    const full = known.size >= limit ? limit : count >= perKey ? perKey : undefined;
    if (full !== undefined) throw new Error(`${full} DPoP proofs within ${WINDOW_MS} ms; set REDIS_URL`);
    known.set(proof, { endsAt: now() + WINDOW_MS, key: keyThumbprint });
    countOf.set(keyThumbprint, count + 1);
    return true;
  };
}

/** Hashed, since a `jti` may be any text of any length. */
function fingerprint(keyThumbprint: string, jti: string): string {
  return createHash('sha256')
    .update(JSON.stringify([keyThumbprint, jti]))
    .digest('base64url');
}
