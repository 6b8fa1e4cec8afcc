import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ProviderMemory } from './memory.ts';

export interface ProviderKeys {
  /** Private; signs all tokens. */
  readonly signing: JWK;
  readonly publicSigning: JWK;
  /** Signs the cookies. */
  readonly cookies: string;
}

/** The keys in `memory`; if it has none, new ones, which it keeps. */
export async function keysOf(memory: ProviderMemory): Promise<ProviderKeys> {
  const known = memory.kind<ProviderKeys>('keys');
  const keys = known.get('current') ?? (await newKeys());
  known.set('current', keys);
  return keys;
}

async function newKeys(): Promise<ProviderKeys> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const about = { alg: 'RS256', use: 'sig' };
  return {
    signing: { ...(await exportJWK(privateKey)), ...about },
    publicSigning: { ...(await exportJWK(publicKey)), ...about },
    cookies: randomBytes(32).toString('hex'),
  };
}
