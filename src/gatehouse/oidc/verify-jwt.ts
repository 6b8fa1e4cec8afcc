import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { DoorConfig } from '../config/door-config.ts';
import type { Discovery } from './discovery.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What every provider has, and the SDK's default. */
export const SIGNING_ALGORITHM = 'RS256';
/** How far the provider's clock may be from ours. */
export const LEEWAY_SECONDS = 60;

/** What tokens for this client are verified by. */
export interface VerificationParts {
  readonly config: Pick<DoorConfig, 'clientId'>;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
}

/**
 * Verifies signature and times of a JWT, and what `rules` want. With several keys and none named by the token (`kid`),
 * each is tried.
 */
export async function verifyJwt(token: string, jwks: JSONWebKeySet, rules: JWTVerifyOptions): Promise<JWTPayload> {
  const options = { ...rules, algorithms: [SIGNING_ALGORITHM], clockTolerance: LEEWAY_SECONDS };
  try {
    return (await jwtVerify(token, createLocalJWKSet(jwks), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const verified = await jwtVerify(token, key, options).catch((failure: unknown) => {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      });
      if (verified) return verified.payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Whether jose says with this that a token is no good. decodeJwt and decodeProtectedHeader throw TypeErrors, too. */
export function isFlawOfToken(error: unknown): error is Error {
  return error instanceof errors.JOSEError || error instanceof TypeError;
}
