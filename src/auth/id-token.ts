import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { WebConfig } from '../config/web-config.ts';
import type { Discovery } from '../platform/discovery.ts';
import { retried } from '../platform/retry.ts';
import { type SigningKeys, SigningKeysUnavailableError } from '../platform/signing-keys.ts';

const CLOCK_TOLERANCE_SECONDS = 60;
/** Keys are looked up once a second at most. */
const KEYS_RETRY_MS = { deadlineMs: 2000, pauseMs: 1000 };

/** Thrown when an ID token is not accepted. The message says which rule it breaks. */
export class InvalidIdTokenError extends Error {}

/** Thrown when an ID token is about somebody else, from somebody else or for somebody else. */
export class ForeignIdTokenError extends InvalidIdTokenError {
  /** `sub`, `iss`, `aud` or `azp`. */
  readonly claim: string;

  constructor(claim: string) {
    super(`${claim} is another`);
    this.claim = claim;
  }
}

export interface IdTokenParts {
  readonly config: Pick<WebConfig, 'clientId'>;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly now?: () => number;
}

/**
 * Verifies the ID token of a refresh by OpenID Connect Core, sections 3.1.3.7 and 12.2: signature, issuer,
 * audience, authorized party, times, nonce where there is one, and the same subject as `original`, the ID token of the login.
 * @throws ForeignIdTokenError, InvalidIdTokenError, SigningKeysUnavailableError
 */
export async function verifyRefreshedIdToken(
  idToken: string,
  original: string,
  { config, discovery, keys, now = Date.now }: IdTokenParts,
): Promise<JWTPayload> {
  const { issuer } = await discovery.metadata();
  const { sub, nonce } = decodeJwt(original);
  try {
    const claims = decodeJwt(idToken);
    // Before the signature: whoever signed it, nobody goes on under another name.
    if (claims.sub !== sub) throw new ForeignIdTokenError('sub');
    if (claims.iss !== issuer) throw new ForeignIdTokenError('iss');
    const audiences = [claims.aud ?? []].flat();
    if (!audiences.includes(config.clientId)) throw new ForeignIdTokenError('aud');
    if (claims['nonce'] !== undefined && claims['nonce'] !== nonce) {
      throw new InvalidIdTokenError('nonce is another');
    }
    const { azp } = claims;
    if (azp !== undefined && azp !== config.clientId) throw new ForeignIdTokenError('azp');

    const { kid } = decodeProtectedHeader(idToken);
    const jwks = await retried(() => keys.including(kid), {
      deadlineMs: KEYS_RETRY_MS.deadlineMs,
      pauseFor: () => KEYS_RETRY_MS.pauseMs,
    });
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(jwks), {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    });
    return payload;
  } catch (error) {
    if (error instanceof InvalidIdTokenError || error instanceof SigningKeysUnavailableError) throw error;
    // decodeJwt and decodeProtectedHeader throw TypeErrors, too.
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new InvalidIdTokenError(error.message, { cause: error });
    }
    throw error;
  }
}
