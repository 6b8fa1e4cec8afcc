import { decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload } from 'jose';
import { issuerOf } from './providers/entra-id.ts';
import { retried } from '../platform/retry.ts';
import type { ServerMetadata } from 'openid-client';
import type { ErrorCode } from '../errors/catalogue.ts';
import { signingAlgorithms } from './signing-algorithms.ts';
import { isOfId } from './signing-keys.ts';
import { isFlawOfToken, LEEWAY_SECONDS, type VerificationParts, verifyJwt } from './verify-jwt.ts';

/** Thrown when an ID token is not accepted. The message says which rule it breaks. */
export class InvalidIdTokenError extends Error {
  readonly code: ErrorCode;

  constructor(rule: string, code: ErrorCode = 'ID_TOKEN_INVALID', cause?: unknown) {
    super(rule, { cause });
    this.name = 'InvalidIdTokenError';
    this.code = code;
  }
}

/** Thrown when an ID token has another subject, issuer or audience. */
export class ForeignIdTokenError extends InvalidIdTokenError {
  readonly claim: 'sub' | 'iss' | 'aud' | 'azp';

  constructor(claim: ForeignIdTokenError['claim']) {
    super(`${claim} is another`);
    this.claim = claim;
  }
}

/**
 * How an ID token says it is signed; undefined where it is not a JWT.
 * @throws InvalidIdTokenError where it is encrypted, or signed as the provider's document does not allow
 */
export function signingAlgorithmOf(idToken: unknown, metadata: ServerMetadata): string | undefined {
  if (typeof idToken !== 'string') return undefined;
  // Five parts (RFC 7516 section 3.1): the client's registration may ask for it.
  if (idToken.split('.').length === 5) throw new InvalidIdTokenError('it is encrypted', 'ID_TOKEN_ENCRYPTED');
  try {
    const { alg = '' } = decodeProtectedHeader(idToken);
    if (signingAlgorithms(metadata).includes(alg)) return alg;
    throw new InvalidIdTokenError(`alg is ${alg}`, 'SIGNING_ALG_MISMATCH');
  } catch (error) {
    if (isFlawOfToken(error)) return undefined;
    throw error;
  }
}

/**
 * Verifies an ID token by OpenID Connect Core, section 3.1.3.7. In a login the SDK has compared `nonce`, issuer,
 * audience and times, but in the code flow nobody has checked the signature yet. The ID token of a refresh (section
 * 12.2) must have the same subject as `original`, that of the login.
 * @throws ForeignIdTokenError, InvalidIdTokenError, SigningKeysUnavailableError
 */
export async function verifyIdToken(idToken: string, parts: VerificationParts, original?: string): Promise<JWTPayload> {
  const { clientId } = parts.config;
  try {
    const claims = decodeJwt(idToken);
    const { iss, aud, azp, tid } = claims;
    const { sub, nonce } = original === undefined ? claims : decodeJwt(original);
    // Checked before the signature: whoever signed it, nobody goes on under another name.
    if (claims.sub !== sub) throw new ForeignIdTokenError('sub');
    if (iss !== issuerOf(await parts.discovery.metadata(), { tid })) throw new ForeignIdTokenError('iss');
    const audiences = [aud ?? []].flat();
    if (!audiences.includes(clientId)) throw new ForeignIdTokenError('aud');
    if (isAbsent(azp) ? audiences.length > 1 : azp !== clientId) throw new ForeignIdTokenError('azp');
    if (typeof sub !== 'string' || sub === '') throw new InvalidIdTokenError('sub is missing');
    // Authentik writes null for what is absent.
    if (!isAbsent(claims['nonce']) && claims['nonce'] !== nonce) throw new InvalidIdTokenError('nonce is another');
    return await verifySignatureAndTimes(idToken, parts);
  } catch (error) {
    if (!isFlawOfToken(error)) throw error;
    const isOfTime =
      error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf');
    throw new InvalidIdTokenError(error.message, isOfTime ? 'CLOCK_SKEW' : 'ID_TOKEN_INVALID', error);
  }
}

/** Checks that the sign-in is as recent as asked for (OpenID Connect Core 3.1.2.1). @throws InvalidIdTokenError */
export function assertRecent({ auth_time }: JWTPayload, maxAge: number | undefined, nowSeconds: number): void {
  if (maxAge === undefined) return;
  if (typeof auth_time !== 'number' || nowSeconds - auth_time > maxAge + LEEWAY_SECONDS) {
    throw new InvalidIdTokenError('auth_time is missing, or longer ago than was asked');
  }
}

const isAbsent = (value: unknown) => value === undefined || value === null;

async function verifySignatureAndTimes(idToken: string, parts: VerificationParts): Promise<JWTPayload> {
  signingAlgorithmOf(idToken, await parts.discovery.metadata());
  const { kid } = decodeProtectedHeader(idToken);

  /** A missing key may come with the next lookup, a second later: the provider may have just begun to sign with it. */
  async function keysWithIt(): Promise<JSONWebKeySet> {
    const jwks = await parts.keys.including(kid);
    if (jwks.keys.some((key) => isOfId(key, kid))) return jwks;
    throw new InvalidIdTokenError('the provider publishes no key with its kid');
  }
  const jwks = await retried(keysWithIt, { deadlineMs: 2000, pauseFor: () => 1000 });
  const payload = await verifyJwt(idToken, jwks, parts, { requiredClaims: ['exp', 'iat'] });
  if ((payload.iat ?? 0) > Date.now() / 1000 + LEEWAY_SECONDS) {
    throw new InvalidIdTokenError('iat is in the future', 'CLOCK_SKEW');
  }
  return payload;
}
