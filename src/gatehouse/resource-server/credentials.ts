import type { Request } from 'express';
import { ApiError, type AuthScheme } from './errors.ts';

const SCHEMES: ReadonlyMap<string, AuthScheme> = new Map([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
]);

/** The scheme of the caller's Authorization header, if it is one that we know. */
export function schemeOf(req: Request): AuthScheme | undefined {
  return SCHEMES.get((req.get('authorization') ?? '').trim().split(/\s/, 1)[0]?.toLowerCase() ?? '');
}

/**
 * The access token of a request. It comes in one Authorization header and nowhere else; the usual slips of
 * pasting get a text of their own.
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

  const parts = (req.get('authorization') ?? '').trim().split(/\s+/);
  const [, token] = parts;
  if (parts[1]?.toLowerCase() === scheme.toLowerCase()) {
    throw malformed(`The word ${scheme} is there twice; write it once, then the token`);
  }
  if (parts.length !== 2 || token === undefined) {
    throw malformed(`Authorization header value must follow this format: ${scheme} access-token`);
  }
  if (/["']/.test(token)) throw malformed('The token is in quotes; send it without them');
  return token;
}

function malformed(description: string): ApiError {
  return new ApiError('invalid_request', description);
}
