import {
  createLocalJWKSet,
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
import type { ErrorCode } from '../errors/catalogue.ts';
import { retried } from '../platform/retry.ts';
import type { SigningKeys } from './signing-keys.ts';

const CLOCK_TOLERANCE_SECONDS = 60;
/** Keys are looked up once a second at most. */
const KEYS_RETRY = { deadlineMs: 2000, pauseMs: 1000 };
/** What every provider has, and the SDK's default. */
export const ID_TOKEN_ALGORITHM = 'RS256';

/** Thrown when an ID token is not accepted. The message says which rule it breaks. */
export class InvalidIdTokenError extends Error {
  readonly code: ErrorCode;

  constructor(rule: string, code: ErrorCode = 'ID_TOKEN_INVALID', cause?: unknown) {
    super(rule, { cause });
    this.name = 'InvalidIdTokenError';
    this.code = code;
  }
}

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
  readonly config: Pick<DoorConfig, 'clientId'>;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly now?: () => number;
}

/**
 * Verifies the ID token of a login by OpenID Connect Core, section 3.1.3.7. The SDK has compared `nonce`, issuer,
 * audience and times, but in the code flow nobody has looked at the signature yet.
 * @throws InvalidIdTokenError, SigningKeysUnavailableError
 */
export async function verifyIdToken(idToken: string, parts: IdTokenParts): Promise<JWTPayload> {
  return explained(async () => {
    const claims = decodeJwt(idToken);
    await checkParties(claims, parts);
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new InvalidIdTokenError('sub is missing');
    return verifySignatureAndTimes(idToken, parts);
  });
}

/**
 * Verifies the ID token of a refresh by OpenID Connect Core, sections 3.1.3.7 and 12.2: as that of a login, and it has
 * to be about the same subject as `original`, the ID token of the login.
 * @throws ForeignIdTokenError, InvalidIdTokenError, SigningKeysUnavailableError
 */
export async function verifyRefreshedIdToken(
  idToken: string,
  original: string,
  parts: IdTokenParts,
): Promise<JWTPayload> {
  const { sub, nonce } = decodeJwt(original);
  return explained(async () => {
    const claims = decodeJwt(idToken);
    // Before the signature: whoever signed it, nobody goes on under another name.
    if (claims.sub !== sub) throw new ForeignIdTokenError('sub');
    await checkParties(claims, parts);
    if (claims['nonce'] !== undefined && claims['nonce'] !== nonce) {
      throw new InvalidIdTokenError('nonce is another');
    }
    return verifySignatureAndTimes(idToken, parts);
  });
}

/** Checks that the sign-in itself is as recent as was asked (OpenID Connect Core 3.1.2.1). @throws InvalidIdTokenError */
export function assertRecent(
  { auth_time: authTime }: JWTPayload,
  maxAge: number | undefined,
  nowSeconds: number,
): void {
  if (maxAge === undefined) return;
  if (typeof authTime !== 'number' || nowSeconds - authTime > maxAge + CLOCK_TOLERANCE_SECONDS) {
    throw new InvalidIdTokenError('auth_time is missing, or longer ago than was asked');
  }
}

async function checkParties({ iss, aud, azp }: JWTPayload, { config, discovery }: IdTokenParts): Promise<void> {
  const { issuer } = await discovery.metadata();
  if (iss !== issuer) throw new ForeignIdTokenError('iss');
  const audiences = [aud ?? []].flat();
  if (!audiences.includes(config.clientId)) throw new ForeignIdTokenError('aud');
  if (azp === undefined ? audiences.length > 1 : azp !== config.clientId) throw new ForeignIdTokenError('azp');
}

async function verifySignatureAndTimes(idToken: string, { keys, now = Date.now }: IdTokenParts): Promise<JWTPayload> {
  const { kid, alg } = decodeProtectedHeader(idToken);
  if (alg !== ID_TOKEN_ALGORITHM) throw new InvalidIdTokenError(`alg is ${String(alg)}`, 'SIGNING_ALG_MISMATCH');
  const jwks = await retried(() => keysWith(kid, keys), {
    deadlineMs: KEYS_RETRY.deadlineMs,
    pauseFor: () => KEYS_RETRY.pauseMs,
  });
  const payload = await verifiedWithAny(idToken, jwks, {
    algorithms: [ID_TOKEN_ALGORITHM],
    requiredClaims: ['exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now()),
  });
  if ((payload.iat ?? 0) > now() / 1000 + CLOCK_TOLERANCE_SECONDS) {
    throw new InvalidIdTokenError('iat is in the future', 'CLOCK_SKEW');
  }
  return payload;
}

/** A key that is not there yet may be with the next lookup: the provider has just begun to sign with it. */
async function keysWith(kid: string | undefined, keys: SigningKeys): Promise<JSONWebKeySet> {
  const jwks = await keys.including(kid);
  if (kid !== undefined && !jwks.keys.some((key) => key.kid === kid)) {
    throw new InvalidIdTokenError('the provider publishes no key with its kid');
  }
  return jwks;
}

/** With several keys and none named by the token (`kid`), each is tried. */
async function verifiedWithAny(idToken: string, jwks: JSONWebKeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(idToken, createLocalJWKSet(jwks), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const verified = await jwtVerify(idToken, key, options).catch((failure: unknown) => {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      });
      if (verified) return verified.payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** `work`, with what jose throws as the rule that is broken. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOfTime =
      error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf');
    if (isOfTime) throw new InvalidIdTokenError(error.message, 'CLOCK_SKEW', error);
    // decodeJwt and decodeProtectedHeader throw TypeErrors, too.
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      throw new InvalidIdTokenError(error.message, 'ID_TOKEN_INVALID', error);
    }
    throw error;
  }
}
