import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { secretId, shortSecretId, UnknownSecretError } from '../platform/secret-id.ts';

const KEY_ID_BYTES = 6;
const IV_BYTES = 12;
const TAG_BYTES = 16;

type Key = ReturnType<typeof deriveKey>;

export type SessionCipher = ReturnType<typeof createSessionCipher>;

/**
 * Encrypts and authenticates what is stored (AES-256-GCM, NIST SP 800-38D). Keys are derived from `secrets` (HKDF, RFC
 * 5869): the first seals, all open.
 */
export function createSessionCipher(secrets: readonly string[]) {
  const keys = secrets.map(deriveKey);
  const [current] = keys;
  if (!current) throw new Error('at least one secret is needed');

  return {
    /** Whether it is sealed by the first secret. */
    isCurrent: (sealed: string) => sealed.startsWith(current.id.toString('base64url')),
    /** Bound to `name`: the value opens only under this name. */
    seal: (plaintext: string | Buffer, name: string) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, iv).setAAD(boundTo(current, name));
      const body = Buffer.concat([cipher.update(plaintext as string, 'utf8'), cipher.final()]);
      return Buffer.concat([current.id, iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    /** Undefined for what was changed, or sealed under another name. @throws UnknownSecretError */
    open: (sealed: string, name: string): Buffer | undefined => {
      const bytes = Buffer.from(sealed, 'base64url');
      const ivEnd = KEY_ID_BYTES + IV_BYTES;
      const id = bytes.subarray(0, KEY_ID_BYTES);
      if (bytes.length < ivEnd + TAG_BYTES) return undefined;
      const key = keys.find((known) => known.id.equals(id));
      const isOurs = keys.some((known) => shortSecretId(known.id) === shortSecretId(id));
      if (!key && !isOurs) throw new UnknownSecretError(shortSecretId(id));
      if (!key) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(KEY_ID_BYTES, ivEnd))
          .setAAD(boundTo(key, name))
          .setAuthTag(bytes.subarray(ivEnd, ivEnd + TAG_BYTES));
        const body = bytes.subarray(ivEnd + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}

function deriveKey(secret: string) {
  return { id: secretId(secret), bytes: Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse session', 32)) };
}

function boundTo(key: Key, name: string): Buffer {
  return Buffer.concat([key.id, Buffer.from(name)]);
}
