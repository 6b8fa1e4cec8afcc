import type { Request, Response } from 'express';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import type { TokenConfig } from '../config/token-config.ts';
import type { Discovery } from '../oidc/discovery.ts';
import { type SigningKeys, SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import { accessTokenOf, schemeOf } from './credentials.ts';
import { ApiError } from './errors.ts';
import { permissionsOf } from './permissions.ts';
import type { ProofMemory } from './proof-replay.ts';
import { publicRequest } from './public-url.ts';
import type { TokenAuth } from './token-auth.ts';
import { createVerifier, type Verifier } from './verifier.ts';

interface Parts {
  readonly config: TokenConfig;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly proofs: ProofMemory;
}

/**
 * Makes what reads the access token of a request: validated with the provider's current keys, each DPoP proof taken
 * once (RFC 9449 section 11.1). It throws ApiErrors of every kind but `insufficient_scope`.
 */
export function createAccessTokenReader({ config, discovery, keys, proofs }: Parts) {
  let current: { jwks: JSONWebKeySet; verify: Verifier } | undefined;

  async function verifierFor(token: string): Promise<Verifier> {
    const jwks = await keys.including(keyIdOf(token));
    if (current?.jwks !== jwks) {
      // ADFS issues access tokens under another name than ID tokens.
      const { issuer, access_token_issuer: other } = await discovery.metadata();
      const issuers = typeof other === 'string' ? [issuer, other] : [issuer];
      current = { jwks, verify: createVerifier(config, issuers, jwks) };
    }
    return current.verify;
  }

  return async (req: Request, res: Response): Promise<TokenAuth> => {
    const token = accessTokenOf(req);
    const scheme = schemeOf(req);
    // RFC 9110 section 11.4 allows several spaces there, the library one.
    const sent = publicRequest(req, config.publicUrl, `${scheme} ${token}`);
    const verify = await verifierFor(token).catch((error: unknown) => {
      if (!(error instanceof SigningKeysUnavailableError)) throw error;
      throw new ApiError('signing_key_unavailable', 'The provider’s signing keys cannot be fetched', { cause: error });
    });
    const claims = await verify(sent, res);
    if (scheme === 'DPoP') await acceptOnce(proofs, req.get('dpop') ?? '', claims);
    const { sub } = claims;
    if (typeof sub !== 'string' || sub === '') throw new ApiError('invalid_token', 'The token lacks sub');
    return { sub, scopes: permissionsOf(claims), claims, token };
  };
}

function keyIdOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined; // not a JWT: the verifier says so
  }
}

/** @throws ApiError invalid_dpop_proof for a proof that was there already, or cannot be told from others */
async function acceptOnce(proofs: ProofMemory, proof: string, claims: TokenAuth['claims']): Promise<void> {
  const badProof = (why: string) => new ApiError('invalid_dpop_proof', why);
  const { jti } = decodeJwt<{ jti: unknown }>(proof);
  if (typeof jti !== 'string') throw badProof('Invalid "jti" claim');
  const { jkt } = claims['cnf'] as { jkt: string };
  const isNew = await proofs.isNew(jkt, jti).catch((error: unknown) => {
    throw new ApiError('proof_memory_unavailable', 'The proof cannot be checked for replay', { cause: error });
  });
  if (!isNew) throw badProof('This DPoP proof was used before; make a new one for each request');
}
