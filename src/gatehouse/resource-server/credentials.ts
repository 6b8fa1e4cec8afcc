import type { Request } from 'express';
import { isLoopback } from '../config/common-config.ts';
import { ApiError, type AuthScheme } from './errors.ts';

const SCHEMES: readonly AuthScheme[] = ['Bearer', 'DPoP'];

/** The scheme of the caller's Authorization header, if it is one that we know. */
export function schemeOf(req: Request): AuthScheme | undefined {
  const name = wordsOf(req)[0]?.toLowerCase();
  return SCHEMES.find((scheme) => scheme.toLowerCase() === name);
}

/** Space and tab only are between words (RFC 9110 section 5.6.3): anything else is part of one. */
function wordsOf(req: Request): readonly string[] {
  return req.get('authorization')?.match(/[^ \t]+/g) ?? [];
}

/**
 * The access token of a request. It comes in one Authorization header and nowhere else; common pasting mistakes get a
 * text of their own.
 * @throws ApiError unauthorized, invalid_request
 */
export function accessTokenOf(req: Request): string {
  if (req.query['access_token'] !== undefined) {
    throw malformed('Access tokens are taken from the Authorization header only, not from the URL');
  }
  const headers = req.headersDistinct['authorization'] ?? [];
  if (headers.length > 1) throw malformed('There is more than one Authorization header');
  const scheme = schemeOf(req);
  if (!scheme) throw new ApiError('unauthorized', 'Send an access token: "Authorization: Bearer <token>"');

  const [, token, ...more] = wordsOf(req);
  if (token?.toLowerCase() === scheme.toLowerCase()) {
    throw malformed(`The word ${scheme} is there twice; write it once, then the token`);
  }
  if (token === undefined || more.length > 0) {
    throw malformed(`Authorization header value must follow this format: ${scheme} access-token`);
  }
  if (/["']/.test(token)) throw malformed('The token is in quotes; send it without them');
  // Characters of RFC 6750 section 2.1; base64 decoders skip any others.
  if (!/^[\w.~+/-]+=*$/.test(token)) throw new ApiError('invalid_token', 'The token has characters that no token has');
  return token;
}

function malformed(description: string): ApiError {
  return new ApiError('invalid_request', description);
}

/**
 * The request as its client sent it, with `authorization` for its Authorization header; `req` itself stays as it is.
 * DPoP proofs are made for the URL at which clients reach this server (RFC 9449 section 4.3), and
 * express-oauth2-jwt-bearer builds that from headers that any client can set. Here it is the configured one, or what a
 * trusted proxy says (Express's "trust proxy"); on this machine any of its names counts. A path in `configured` is one
 * that a proxy strips on the way here.
 */
export function publicRequest(req: Request, configured: URL, authorization: string): Request {
  const { protocol, host } = publicUrlOf(req, configured);
  const { 'x-forwarded-host': _host, ...headers } = req.headers;
  return Object.create(req, {
    headers: { value: { ...headers, host, authorization } },
    protocol: { value: protocol.replace(/:$/, '') },
    originalUrl: { value: configured.pathname.replace(/\/$/, '') + req.originalUrl },
    auth: { value: undefined, writable: true },
  }) as Request;
}

function publicUrlOf(req: Request, configured: URL): { protocol: string; host: string } {
  const trusts = req.app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  // Several proxies write a list; its first entry is what the client asked for.
  const host = /^[^,]*[^, \t]/.exec(req.get('x-forwarded-host') ?? '')?.[0];
  if (host && trusts(req.socket.remoteAddress, 0)) return { protocol: req.protocol, host };
  const asked = `http://${req.get('host') ?? ''}`;
  if (!isLoopback(configured) || !URL.canParse(asked)) return configured;
  const url = new URL(asked);
  const isThisServer = isLoopback(url) && url.port === configured.port;
  return isThisServer ? { protocol: configured.protocol, host: url.host } : configured;
}
