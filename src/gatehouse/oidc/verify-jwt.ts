import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from 'jose';
import type { DoorConfig } from '../config/door-config.ts';
import type { Discovery } from './discovery.ts';
import { issuerOf } from './providers/entra-id.ts';
import { signingAlgorithms } from './signing-algorithms.ts';
import { candidates, type SigningKeys } from './signing-keys.ts';

/** How far the provider's clock may differ from ours. */
export const LEEWAY_SECONDS = 60;

/** What is needed to verify tokens for this client. */
export interface VerificationParts {
  readonly config: Pick<DoorConfig, 'clientId'>;
  readonly discovery: Pick<Discovery, 'metadata'>;
  readonly keys: SigningKeys;
}

/** Verifies signature, times and issuer of a JWT, and what `rules` require. */
export async function verifyJwt(
  token: string,
  jwks: JSONWebKeySet,
  { discovery }: VerificationParts,
  rules: JWTVerifyOptions,
): Promise<JWTPayload> {
  const metadata = await discovery.metadata();
  const options = {
    ...{ ...rules, issuer: issuerOf(metadata, decodeJwt(token)) },
    ...{ algorithms: signingAlgorithms(metadata), clockTolerance: LEEWAY_SECONDS },
  };
  let failure: unknown = new errors.JWKSNoMatchingKey();
  for (const key of candidates(jwks, decodeProtectedHeader(token))) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** Whether this is jose's word for a bad token. decodeJwt and decodeProtectedHeader throw TypeErrors, too. */
export function isFlawOfToken(error: unknown): error is Error {
  return error instanceof errors.JOSEError || error instanceof TypeError;
}
