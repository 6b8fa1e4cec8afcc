import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from 'jose';
import type { ServerMetadata } from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { type Discovery, issuerOf } from './discovery.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What a client may be sure of (OpenID Connect Core section 15.1), and where a document names none. */
export const DEFAULT_ALGORITHM = 'RS256';
/** Never `none`, and never a secret's: who has the client's could sign for everybody. */
export const ASYMMETRIC = /^((RS|PS)(256|384|512)|ES(256|384|512)|EdDSA|Ed25519)$/;

/** Thrown when an ID token is not accepted. The message says which rule it breaks. */
export class InvalidIdTokenError extends Error {
  readonly code: ErrorCode;

  constructor(rule: string, code: ErrorCode = 'ID_TOKEN_INVALID', cause?: unknown) {
    super(rule, { cause });
    this.name = 'InvalidIdTokenError';
    this.code = code;
  }
}

/** How the provider may sign its tokens, by its own document. */
export function signingAlgorithms({ id_token_signing_alg_values_supported: listed }: ServerMetadata): string[] {
  const known = Array.isArray(listed) ? listed.filter((algorithm) => ASYMMETRIC.test(String(algorithm))) : [];
  return known.length > 0 ? known : [DEFAULT_ALGORITHM];
}

/** How far the provider's clock may be from ours. */
export const LEEWAY_SECONDS = 60;

/**
 * How an ID token is signed, by its own word; undefined where it is no JWT.
 * @throws InvalidIdTokenError where it is encrypted, or signed as the provider's document does not allow
 */
export function signingAlgorithmOf(idToken: unknown, metadata: ServerMetadata): string | undefined {
  if (typeof idToken !== 'string') return undefined;
  // Five parts (RFC 7516 section 3.1): a client may have asked for it where it is registered.
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

/** What tokens for this client are verified by. */
export interface VerificationParts {
  readonly config: Pick<DoorConfig, 'clientId'>;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
}

/** A key alone in its set, made once: jose imports what it is given once, too. */
const alone = new WeakMap<JWK, JSONWebKeySet>();

/**
 * The keys that may have signed a token, each in a set of its own: those with its key id, and those with none, since
 * providers leave it out, or give it twice. All of them where that leaves none, so that whoever verifies says so.
 */
export function candidates(jwks: JSONWebKeySet, { kid, alg = '' }: { kid?: string; alg?: string }) {
  const found = jwks.keys.filter((key) => key.kty === keyTypeOf(alg) && isOfId(key, kid) && (key.alg ?? alg) === alg);
  return found.length === 0
    ? [jwks]
    : found.map((key) => {
        const { kid: _kid, ...rest } = key;
        const set = alone.get(key) ?? { keys: [{ ...rest, ...(kid !== undefined && { kid }) }] };
        alone.set(key, set);
        return set;
      });
}

/** The type of keys that an algorithm takes (RFC 7518 section 6.1). */
export function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('ES') ? 'EC' : algorithm.startsWith('Ed') ? 'OKP' : 'RSA';
}

/** Whether a token that names `kid` may be signed by this key. */
export function isOfId(key: JWK, kid: string | undefined): boolean {
  return kid === undefined || key.kid === undefined || key.kid === kid;
}

const resolvers = new WeakMap<JSONWebKeySet, ReturnType<typeof createLocalJWKSet>>();

function resolverOf(jwks: JSONWebKeySet): ReturnType<typeof createLocalJWKSet> {
  const known = resolvers.get(jwks) ?? createLocalJWKSet(jwks);
  resolvers.set(jwks, known);
  return known;
}

/** Verifies signature, times and issuer of a JWT, and what `rules` want. */
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
  const sets = candidates(jwks, decodeProtectedHeader(token));
  for (const [n, set] of sets.entries()) {
    try {
      return (await jwtVerify(token, resolverOf(set), options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed) || n === sets.length - 1) throw error;
    }
  }
  throw new errors.JWKSNoMatchingKey();
}

/** Whether jose says with this that a token is no good. decodeJwt and decodeProtectedHeader throw TypeErrors, too. */
export function isFlawOfToken(error: unknown): error is Error {
  return error instanceof errors.JOSEError || error instanceof TypeError;
}
