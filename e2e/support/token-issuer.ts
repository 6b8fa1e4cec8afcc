import { randomUUID, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { freePorts } from './ports.ts';

export const AUDIENCE = 'https://api.gatehouse.test';

/** An OpenID provider with only discovery and keys: with these a test signs whatever it likes. */
export interface TokenIssuer {
  readonly url: string;
  /** How often it was asked so far. */
  readonly requests: { discovery: number; keys: number };
  /** Makes an access token that is valid except for what `claims` and `header` say; undefined leaves a claim out. */
  sign(
    claims?: Record<string, unknown>,
    other?: { header?: Record<string, unknown>; key?: CryptoKey | Uint8Array },
  ): Promise<string>;
  publicKeyPem(): Promise<string>;
  /** Replaces the key with another one. */
  rotate(): Promise<void>;
  /** Lets `listener` answer every request instead; undefined: all is well again. */
  misbehave(listener: RequestListener | undefined): void;
  readonly stop: () => Promise<void>;
  /** Listens again at the same address, with the same keys. */
  restart(): Promise<void>;
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** `metadata`: what its discovery says beside issuer and keys; `keys`: what it publishes. */
export async function startTokenIssuer({
  listens = true,
  metadata = {},
  keys = (own) => [own],
}: { listens?: boolean; metadata?: object; keys?: (own: JWK) => readonly JWK[] } = {}): Promise<TokenIssuer> {
  const [port = 0] = await freePorts(1);
  const url = `http://localhost:${port}`;
  const requests = { discovery: 0, keys: 0 };
  let key = await generateSigningKey();
  let misbehaviour: RequestListener | undefined;
  let server: Server | undefined;

  const answer: RequestListener = (req, res) => {
    const isDiscovery = req.url === '/.well-known/openid-configuration';
    requests[isDiscovery ? 'discovery' : 'keys'] += 1;
    if (misbehaviour) return misbehaviour(req, res);
    const body = isDiscovery ? { issuer: url, jwks_uri: `${url}/jwks`, ...metadata } : { keys: keys(key.jwk) };
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  };
  const restart = async () => {
    server = createServer(answer).listen(port);
    await once(server, 'listening');
  };
  if (listens) await restart();

  return {
    url,
    requests,
    sign: (claims = {}, { header = {}, key: otherKey } = {}) => {
      const times = { iat: nowSeconds(), exp: nowSeconds() + 600 };
      const payload = { iss: url, aud: AUDIENCE, sub: 'user-1', ...times, ...claims } as JWTPayload;
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid, typ: 'at+jwt', ...header })
        .sign(otherKey ?? key.privateKey);
    },
    publicKeyPem: () => exportSPKI(key.publicKey),
    rotate: async () => {
      key = await generateSigningKey();
    },
    misbehave: (listener) => {
      misbehaviour = listener;
    },
    stop: async () => {
      if (!server?.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    restart,
  };
}

async function generateSigningKey() {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' };
  return { ...pair, jwk };
}

/** A client's key for DPoP (RFC 9449). */
export interface DpopKey {
  /** Its thumbprint: what the `cnf` claim of a bound token carries. */
  readonly cnf: { readonly jkt: string };
  /** Makes a proof for `GET url` with `token` that is valid except for what `claims` and `header` say. */
  proof(
    url: string,
    token: string,
    claims?: Record<string, unknown>,
    header?: Record<string, unknown>,
  ): Promise<string>;
}

export async function createDpopKey(alg = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    cnf: { jkt: await calculateJwkThumbprint(jwk) },
    proof: (htu, token, claims = {}, header = {}) => {
      const ath = createHash('sha256').update(token).digest('base64url');
      return new SignJWT({ htm: 'GET', htu, ath, jti: randomUUID(), iat: nowSeconds(), ...claims })
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey);
    },
  };
}
