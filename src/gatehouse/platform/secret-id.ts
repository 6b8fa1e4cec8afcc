import { createHash, hkdfSync } from 'node:crypto';
import { SessionUnreadableError } from '../errors/session-store-unavailable.ts';

/** Names the secret that something was signed or sealed by, without revealing it. Six bytes. */
export function secretId(secret: string): Buffer {
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse session', 32));
  return createHash('sha256').update(derived).digest().subarray(0, 6);
}

/** The same in text, for cookies: four characters. */
export function shortSecretId(id: Buffer): string {
  return id.subarray(0, 3).toString('base64url');
}

/** Thrown for what was signed or sealed by a secret that this process does not have; others may. */
export class UnknownSecretError extends SessionUnreadableError {
  /** As `shortSecretId` returns it. */
  readonly secretId: string;

  constructor(id: string) {
    super(`sealed or signed by a secret that this process does not have (${id})`);
    this.secretId = id;
  }
}
