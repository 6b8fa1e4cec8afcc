import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

export type Signer = ReturnType<typeof createSigner>;

/**
 * Signs texts (HMAC-SHA-256, RFC 2104) with keys made of `secrets` for one `purpose` (HKDF, RFC 5869), so that no
 * signature serves for anything else: the first secret signs, a signature by any of them counts. `length`: characters of
 * base64url, 43 where nothing is cut off.
 */
export function createSigner(secrets: readonly string[], purpose: string, { length = 43 } = {}) {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  const [current] = keys;
  if (!current) throw new Error('at least one secret is needed');
  const signature = (key: Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest('base64url').slice(0, length);
  return {
    sign: (text: string): string => signature(current, text),
    isSigned: (text: string, sent: string): boolean =>
      keys.some((key) => {
        const [a, b] = [Buffer.from(sent), Buffer.from(signature(key, text))];
        return a.length === b.length && timingSafeEqual(a, b);
      }),
  };
}
