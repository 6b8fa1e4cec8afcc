import type { RequestHandler } from 'express';
import { auth, UnauthorizedError } from 'express-oauth2-jwt-bearer';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import type { ApiConfig } from '../../program/api-config.ts';
import type { Discovery } from '../oidc/discovery.ts';
import { type SigningKeys, SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import { accessTokenOf, schemeOf } from './credentials.ts';
import { InvalidProofError, InvalidRequestError, InvalidTokenError, UnavailableError } from './errors.ts';
import { PROOF_LEEWAY_SECONDS, PROOF_MAX_AGE_SECONDS, type ProofMemory } from './proof-replay.ts';
import { presentPublicUrl } from './public-url.ts';

export interface AccessTokenParts {
  readonly config: ApiConfig;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly proofs: ProofMemory;
}

/**
 * Passes requests with a valid access token and leaves its claims in `req.auth`. Validation is
 * express-oauth2-jwt-bearer's; the keys are handed to it, because by itself it answers 401 to good tokens while
 * the provider is away.
 * @throws ApiError of every kind in errors.ts but `InsufficientScopeError`
 */
export function requireAccessToken({ config, discovery, keys, proofs }: AccessTokenParts): RequestHandler {
  let verifier: { jwks: JSONWebKeySet; verify: RequestHandler } | undefined;

  /** The library's middleware for the current keys. */
  async function verifierFor(token: string): Promise<RequestHandler> {
    const jwks = await keys.including(keyIdOf(token));
    if (verifier?.jwks !== jwks) {
      const { issuer } = await discovery.metadata();
      verifier = { jwks, verify: auth(verifierOptions(config, issuer, jwks)) };
    }
    return verifier.verify;
  }

  return async (req, res, next) => {
    const token = accessTokenOf(req);
    // RFC 9110 section 11.4 allows several spaces there, the library one.
    req.headers.authorization = `${schemeOf(req)} ${token}`;
    presentPublicUrl(req, config);
    const verify = await verifierFor(token).catch((error: unknown) => {
      if (!(error instanceof SigningKeysUnavailableError)) throw error;
      throw new UnavailableError('signing_key_unavailable', 'The provider’s signing keys cannot be fetched', error);
    });
    await new Promise<void>((resolve, reject) => {
      void verify(req, res, (error?: unknown) => (error instanceof Error ? reject(toApiError(error)) : resolve()));
    });
    if (schemeOf(req) === 'DPoP') await acceptOnce(proofs, req.get('dpop') ?? '', req.auth?.payload);
    next();
  };
}

function verifierOptions(config: ApiConfig, issuer: string, publicKey: JSONWebKeySet) {
  return {
    issuer,
    audience: config.audience,
    publicKey: publicKey as never, // the same by its own copy of jose
    tokenSigningAlg: 'RS256',
    clockTolerance: 5,
    dpop: {
      enabled: config.dpop !== 'disabled',
      required: config.dpop === 'required',
      iatOffset: PROOF_MAX_AGE_SECONDS,
      iatLeeway: PROOF_LEEWAY_SECONDS,
    },
    // What is not passed it would read from the environment: SECRET would become a verification key.
    secret: '',
    jwksUri: '',
    issuerBaseURL: '',
  };
}

function keyIdOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined; // not a JWT: the verifier says so
  }
}

/** @throws InvalidProofError for a proof that was there already, or cannot be told from others */
async function acceptOnce(
  proofs: ProofMemory,
  proof: string,
  token: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const { jti } = decodeJwt<{ jti: unknown }>(proof);
  if (typeof jti !== 'string') throw new InvalidProofError('Invalid "jti" claim');
  const { jkt } = token?.['cnf'] as { jkt: string };
  const isNew = await proofs.isNew(jkt, jti).catch((error: unknown) => {
    throw new UnavailableError('proof_memory_unavailable', 'The proof cannot be checked for replay', error);
  });
  if (!isNew) throw new InvalidProofError('This DPoP proof was used before; make a new one for each request');
}

/** The library's errors as ours: it exports no class for bad proofs, and leaves some texts empty. */
function toApiError(error: Error): Error {
  if (!(error instanceof UnauthorizedError)) return error;
  const { code, message, status } = error as UnauthorizedError & { code?: string };
  if (code === 'invalid_token') return new InvalidTokenError(message);
  if (code === 'invalid_dpop_proof') return new InvalidProofError(message);
  if (status === 400) return new InvalidRequestError(message || 'This scheme or proof is not what this API accepts');
  return new InvalidTokenError(message);
}
