import type { Request, Response } from 'express';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import type { TokenConfig } from '../config/token-config.ts';
import type { Discovery } from '../oidc/discovery.ts';
import { type SigningKeys, SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import { accessTokenOf, schemeOf } from './credentials.ts';
import { InvalidProofError, InvalidTokenError, UnavailableError } from './errors.ts';
import { permissionsOf } from './permissions.ts';
import type { ProofMemory } from './proof-replay.ts';
import { publicRequest } from './public-url.ts';
import type { TokenAuth } from './token-auth.ts';
import { createVerifier, type VerifiedToken, type Verifier } from './verifier.ts';

export interface AccessTokenParts {
  readonly config: TokenConfig;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly proofs: ProofMemory;
}

/**
 * Reads the access token of a request, whatever the route needs.
 * @throws ApiError of every kind in errors.ts but `InsufficientScopeError`
 */
export type ReadAccessToken = (req: Request, res: Response) => Promise<TokenAuth>;

/** Validates with the provider's current keys, and takes each DPoP proof once (RFC 9449 section 11.1). */
export function createAccessTokenReader(parts: AccessTokenParts): ReadAccessToken {
  const { config, discovery, keys, proofs } = parts;
  let current: { jwks: JSONWebKeySet; verify: Verifier } | undefined;

  async function verifierFor(token: string): Promise<Verifier> {
    const jwks = await keys.including(keyIdOf(token));
    if (current?.jwks !== jwks) {
      const { issuer } = await discovery.metadata();
      current = { jwks, verify: createVerifier(config, issuer, jwks) };
    }
    return current.verify;
  }

  return async (req, res) => {
    const token = accessTokenOf(req);
    const scheme = schemeOf(req);
    // RFC 9110 section 11.4 allows several spaces there, the library one.
    const sent = publicRequest(req, config.publicUrl, `${scheme} ${token}`);
    const verify = await verifierFor(token).catch((error: unknown) => {
      if (!(error instanceof SigningKeysUnavailableError)) throw error;
      throw new UnavailableError('signing_key_unavailable', 'The provider’s signing keys cannot be fetched', error);
    });
    const { payload } = await verify(sent, res);
    if (scheme === 'DPoP') await acceptOnce(proofs, req.get('dpop') ?? '', payload);
    const { sub } = payload;
    if (typeof sub !== 'string' || sub === '') throw new InvalidTokenError('The token lacks sub');
    return { sub, scopes: permissionsOf(payload), claims: payload, token };
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
async function acceptOnce(proofs: ProofMemory, proof: string, payload: VerifiedToken['payload']): Promise<void> {
  const { jti } = decodeJwt<{ jti: unknown }>(proof);
  if (typeof jti !== 'string') throw new InvalidProofError('Invalid "jti" claim');
  const { jkt } = payload['cnf'] as { jkt: string };
  const isNew = await proofs.isNew(jkt, jti).catch((error: unknown) => {
    throw new UnavailableError('proof_memory_unavailable', 'The proof cannot be checked for replay', error);
  });
  if (!isNew) throw new InvalidProofError('This DPoP proof was used before; make a new one for each request');
}
