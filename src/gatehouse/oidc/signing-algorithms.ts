import type { ServerMetadata } from 'openid-client';

/** What every provider supports (OpenID Connect Core section 15.1); also the default where a document names none. */
export const DEFAULT_ALGORITHM = 'RS256';
/** The curve that an algorithm's keys are on (RFC 7518 section 3.4, RFC 8037 section 3.1); none for RSA. */
export const CURVES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519', Ed25519: 'Ed25519' }),
);

/** Whether an algorithm uses key pairs. Never `none`, and never a secret: its holder could sign for everybody. */
export function isAsymmetric(algorithm: string): boolean {
  return CURVES.has(algorithm) || /^(RS|PS)(256|384|512)$/.test(algorithm);
}

/** How the provider may sign its tokens, according to its document. */
export function signingAlgorithms({ id_token_signing_alg_values_supported: listed }: ServerMetadata): string[] {
  const known = Array.isArray(listed) ? listed.filter((algorithm) => isAsymmetric(String(algorithm))) : [];
  return known.length > 0 ? known : [DEFAULT_ALGORITHM];
}
