import { createRequire } from 'node:module';
import type { Request, Response } from 'express';
import type { JSONWebKeySet } from 'jose';
import type { TokenConfig } from '../config/token-config.ts';
import { ApiError } from './errors.ts';
import { PROOF_LEEWAY_SECONDS, PROOF_MAX_AGE_SECONDS } from './proof-replay.ts';
import type { TokenAuth } from './token-auth.ts';

/** The parts of express-oauth2-jwt-bearer that we use. */
interface VerifierLibrary {
  auth(options: object): (req: Request, res: Response, next: (error?: unknown) => void) => unknown;
  readonly UnauthorizedError: abstract new (...args: never[]) => Error & { code?: string; status: number };
}

// Not by `import`: its types declare an `auth` of their own on Express's Request, in every program that sees them.
const library = createRequire(import.meta.url)('express-oauth2-jwt-bearer') as VerifierLibrary;

/** The claims of a request's token. @throws ApiError invalid_token, invalid_dpop_proof, invalid_request */
export type Verifier = (req: Request, res: Response) => Promise<TokenAuth['claims']>;

/**
 * express-oauth2-jwt-bearer for one set of keys: signature, issuer, audience, times, and the DPoP proof. The keys are
 * handed to it, because by itself it answers 401 to good tokens while the provider is away.
 */
export function createVerifier(config: TokenConfig, issuers: readonly string[], keys: JSONWebKeySet): Verifier {
  const verify = library.auth({
    issuer: issuers[0],
    validators: { iss: (iss: unknown) => issuers.some((issuer) => issuer === iss) },
    audience: config.audience,
    publicKey: keys,
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
  });
  return async (req, res) => {
    const error = await new Promise<unknown>((resolve) => void verify(req, res, resolve));
    if (error instanceof Error) throw toApiError(error);
    // Where the library passes a request without a token, this is a TypeError: closed, and seen.
    return (req as unknown as { auth: { payload: TokenAuth['claims'] } }).auth.payload;
  };
}

/** The library's errors as ours: it exports no class for bad proofs, and leaves some texts empty. */
function toApiError(error: Error): Error {
  if (!(error instanceof library.UnauthorizedError)) return error;
  const { code, message, status } = error;
  if (code === 'invalid_token' || code === 'invalid_dpop_proof') return new ApiError(code, message);
  if (status !== 400) return new ApiError('invalid_token', message);
  return new ApiError('invalid_request', message || 'This scheme or proof is not what this API accepts');
}
