import type { Request, Response } from 'express';
import type { TokenConfig } from '../config/token-config.ts';
import { schemeOf } from './credentials.ts';
import type { ApiError, AuthScheme } from './errors.ts';

/** The proof algorithms that express-oauth2-jwt-bearer accepts. */
const DPOP_ALGS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 EdDSA';

const ACCEPTED: Record<TokenConfig['dpop'], readonly AuthScheme[]> = {
  allowed: ['Bearer', 'DPoP'],
  required: ['DPoP'],
  disabled: ['Bearer'],
};

/** Answers with `error`, `error_description` and `message`, and the challenges that belong to the failure. */
export function refuse(req: Request, res: Response, failure: ApiError, dpop: TokenConfig['dpop']): void {
  const { status, summary, challenge, retryAfterSeconds } = failure.kind;
  res.status(status).set('Cache-Control', 'no-store');
  if (challenge !== 'none') res.set('WWW-Authenticate', challenges(req, failure, dpop));
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
  res.json({ error: failure.code, error_description: failure.message, message: summary });
}

/**
 * One challenge for each scheme that is accepted; the error stands in that of the caller's
 * (RFC 6750 section 3, RFC 9449 section 7.1).
 */
function challenges(req: Request, failure: ApiError, dpop: TokenConfig['dpop']): string {
  const { scope, kind } = failure;
  const schemes = ACCEPTED[dpop];
  const used = schemeOf(req) ?? 'Bearer';
  const blamed = schemes.includes(used) ? used : schemes[0];
  return schemes
    .map((scheme) => {
      const own = scheme === 'Bearer' ? { realm: 'api' } : { algs: DPOP_ALGS };
      const told = kind.challenge === 'with error' && scheme === blamed;
      const parameters = {
        ...own,
        ...(told && { error: failure.code, error_description: failure.message }),
        ...(told && scope !== undefined && { scope }),
      };
      return `${scheme} ${Object.entries(parameters).map(quoted).join(', ')}`;
    })
    .join(', ');
}

/** `name="value"`; characters that RFC 6750 section 3 allows in a description only. */
function quoted([name, value]: [string, string]): string {
  return `${name}="${value.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')}"`;
}
