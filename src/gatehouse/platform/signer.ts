import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { secretId, shortSecretId } from './secret-id.ts';

/**
 * Signs texts (HMAC-SHA-256, RFC 2104) with keys made of `secrets` for one `purpose` (HKDF, RFC 5869), so that no
 * signature is valid for anything else: the first secret signs, all verify. `length`: characters of base64url, 43 if
 * nothing is cut off; four that name the secret come before them.
 */
export function createSigner(secrets: readonly string[], purpose: string, { length = 43 } = {}) {
  const keys = secrets.map((secret) => ({
    id: shortSecretId(secretId(secret)),
    bytes: Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)),
  }));
  const [current] = keys;
  if (!current) throw new Error('at least one secret is needed');
  const signature = (key: { bytes: Buffer; id: string }, text: string) =>
    key.id + createHmac('sha256', key.bytes).update(text).digest('base64url').slice(0, length);
  const keyOf = (sent: string) => keys.find(({ id }) => sent.startsWith(id));
  return {
    sign: (text: string): string => signature(current, text),
    isSigned: (text: string, sent: string): boolean => {
      const key = keyOf(sent);
      if (!key) return false;
      const [a, b] = [Buffer.from(sent), Buffer.from(signature(key, text))];
      return a.length === b.length && timingSafeEqual(a, b);
    },
    /** The secret that a signature names, if we do not have it: another process may. */
    otherSecretOf: (sent: string): string | undefined =>
      sent.length === current.id.length + length && !keyOf(sent) ? sent.slice(0, current.id.length) : undefined,
  };
}
