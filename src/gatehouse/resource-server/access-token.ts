import { createRequire } from 'node:module';
import type { Request, Response } from 'express';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet, type JWK } from 'jose';
import type { ServerMetadata } from 'openid-client';
import type { TokenConfig } from '../config/token-config.ts';
import type { Discovery } from '../oidc/discovery.ts';
import { issuerOf } from '../oidc/providers/entra-id.ts';
import { signingAlgorithms } from '../oidc/signing-algorithms.ts';
import { candidates, type SigningKeys, SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import { LEEWAY_SECONDS } from '../oidc/verify-jwt.ts';
import { accessTokenOf, publicRequest, schemeOf } from './credentials.ts';
import { ApiError } from './errors.ts';
import { PROOF_LEEWAY_SECONDS, PROOF_MAX_AGE_SECONDS, type ProofMemory } from './proof-replay.ts';
import { permissionsOf, type TokenAuth } from './token-auth.ts';

/** The parts of express-oauth2-jwt-bearer that we use. */
interface VerifierLibrary {
  auth(options: object): (req: Request, res: Response, next: (error?: unknown) => void) => unknown;
  readonly UnauthorizedError: abstract new (...args: never[]) => Error & { code?: string; status: number };
}

// Not by `import`: its types declare an `auth` of their own on Express's Request, in every program that sees them.
const library = createRequire(import.meta.url)('express-oauth2-jwt-bearer') as VerifierLibrary;

type Claims = TokenAuth['claims'];

/**
 * Makes the reader of requests' access tokens: it validates with the provider's current keys, and accepts each DPoP
 * proof once (RFC 9449 section 11.1). It throws ApiErrors of every kind but `insufficient_scope`.
 */
export function accessTokenReader(config: TokenConfig, discovery: Discovery, keys: SigningKeys, proofs: ProofMemory) {
  const verifiers = new WeakMap<JWK | JSONWebKeySet, ReturnType<typeof createVerifier>>();

  /** The claims of the token in `sent`, verified with each key that may have signed it. */
  async function verify(token: string, sent: Request, res: Response): Promise<Claims> {
    const header = headerOf(token);
    const jwks = await keys.including(header.kid);
    const metadata = await discovery.metadata();
    const found = candidates(jwks, header);
    let failure: unknown;
    // Where no key fits, the library says why.
    for (const key of found.length > 0 ? found : [jwks]) {
      const verifier = verifiers.get(key) ?? createVerifier(config, key);
      verifiers.set(key, verifier);
      try {
        return await verifier(sent, res, metadata);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  return async (req: Request, res: Response): Promise<TokenAuth> => {
    const token = accessTokenOf(req);
    const scheme = schemeOf(req);
    // RFC 9110 section 11.4 allows several spaces there, the library only one.
    const sent = publicRequest(req, config.publicUrl, `${scheme} ${token}`);
    const claims = await verify(token, sent, res).catch((error: unknown) => {
      if (!(error instanceof SigningKeysUnavailableError)) throw error;
      throw new ApiError('signing_key_unavailable', 'The provider’s signing keys cannot be fetched', { cause: error });
    });
    if (scheme === 'DPoP') await acceptOnce(proofs, req.get('dpop') ?? '', claims);
    // Bound to something only its owner has (RFC 7800): DPoP keys are checked above, certificates (RFC 8705) are not.
    const cnf = claims['cnf'] ?? undefined;
    if (cnf !== undefined && !(scheme === 'DPoP' && Object.keys(cnf).join() === 'jkt')) {
      throw new ApiError(
        'invalid_token',
        'The token is bound to a key or certificate that this request does not prove',
      );
    }
    const { sub } = claims;
    if (typeof sub !== 'string' || sub === '') throw new ApiError('invalid_token', 'The token lacks sub');
    return { sub, scopes: permissionsOf(claims), claims, token };
  };
}

function headerOf(token: string): { kid?: string; alg?: string } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {}; // not a JWT: the verifier says so
  }
}

/**
 * express-oauth2-jwt-bearer for one key: signature, issuer, audience, times, and the DPoP proof. The keys are handed to
 * it, because by itself it answers 401 to good tokens while the provider is away. The verifier returns the claims of a
 * request's token, or throws ApiErrors: invalid_token, invalid_dpop_proof, invalid_request.
 */
function createVerifier(config: TokenConfig, keys: JWK | JSONWebKeySet) {
  let metadata: ServerMetadata;
  const verify = library.auth({
    issuer: config.issuer,
    validators: {
      iss: (iss: unknown, claims: Claims) => {
        const expected = issuerOf(metadata, claims);
        // ADFS issues access tokens under another name than ID tokens.
        const { access_token_issuer: other } = metadata;
        if (iss === expected || (typeof other === 'string' && iss === other)) return true;
        throw new Error(`The token’s iss is ${printable(iss)}, this API expects ${expected}`);
      },
      aud: (aud: unknown) => {
        if (aud === undefined) throw new Error('The token has no aud: it says for no API that it is meant for it');
        return [aud].flat().includes(config.audience);
      },
      iat: (iat: unknown) =>
        iat === undefined || (typeof iat === 'number' && iat <= Date.now() / 1000 + LEEWAY_SECONDS),
      alg: (alg: string) => signingAlgorithms(metadata).includes(alg),
    },
    audience: config.audience,
    publicKey: keys,
    clockTolerance: 5,
    dpop: {
      enabled: config.dpop !== 'disabled',
      required: config.dpop === 'required',
      iatOffset: PROOF_MAX_AGE_SECONDS,
      iatLeeway: PROOF_LEEWAY_SECONDS,
    },
    // It would read what is not passed from the environment: SECRET would become a verification key.
    tokenSigningAlg: '',
    secret: '',
    jwksUri: '',
    issuerBaseURL: '',
  });
  return async (req: Request, res: Response, current: ServerMetadata): Promise<Claims> => {
    metadata = current;
    const error = await new Promise<unknown>((resolve) => void verify(req, res, resolve));
    if (error instanceof Error) throw toApiError(error);
    // If the library passed a request without a token, this would be a TypeError: closed, and noticed.
    return (req as unknown as { auth: { payload: Claims } }).auth.payload;
  };
}

/** A claim as it may stand in an error_description (RFC 6749 section 5.2). */
function printable(claim: unknown): string {
  return typeof claim === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(claim) ? claim : 'no address';
}

/** The library's errors as ours: it exports no class for bad proofs, and leaves some texts empty. */
function toApiError(error: Error): Error {
  if (!(error instanceof library.UnauthorizedError)) return error;
  const { code, message, status } = error;
  if (code === 'invalid_token' || code === 'invalid_dpop_proof') return new ApiError(code, message);
  if (status !== 400) return new ApiError('invalid_token', message);
  return new ApiError('invalid_request', message || 'This scheme or proof is not what this API accepts');
}

/** @throws ApiError invalid_dpop_proof for a proof that was used before, or cannot be told from others */
async function acceptOnce(isNew: ProofMemory, proof: string, claims: Claims): Promise<void> {
  const badProof = (why: string) => new ApiError('invalid_dpop_proof', why);
  const { jti } = decodeJwt<{ jti: unknown }>(proof);
  if (typeof jti !== 'string') throw badProof('Invalid "jti" claim');
  const { jkt } = claims['cnf'] as { jkt: string };
  const accepted = await isNew(jkt, jti).catch((error: unknown) => {
    throw new ApiError('proof_memory_unavailable', 'The proof cannot be checked for replay', { cause: error });
  });
  if (!accepted) throw badProof('This DPoP proof was used before; make a new one for each request');
}
