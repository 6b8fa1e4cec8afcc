import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { ApiConfig } from '../program/api-config.ts';
import { schemeOf } from '../gatehouse/resource-server/credentials.ts';
import { ApiError, type AuthScheme } from '../gatehouse/resource-server/errors.ts';

/** The proof algorithms that express-oauth2-jwt-bearer accepts. */
const DPOP_ALGS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512 EdDSA';

export const notFound: RequestHandler = () => {
  throw new ApiError({
    status: 404,
    code: 'not_found',
    summary: 'Not Found',
    description: 'There is nothing at this path',
  });
};

/** Answers every failure with `error`, `error_description` and `message`, and the challenges that belong to it. */
export function errorHandler(config: Pick<ApiConfig, 'dpop'>): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const failure = toApiError(error);
    const cause = failure.cause instanceof Error ? { err: failure.cause } : {};
    req.log[failure.status >= 500 ? 'error' : 'info'](cause, `${failure.code}: ${failure.message}`);
    if (res.headersSent) return next(error);

    res.status(failure.status);
    if (failure.challenge !== 'none') res.set('WWW-Authenticate', challenges(req, failure, config.dpop));
    if (failure.retryAfterSeconds !== undefined) res.set('Retry-After', String(failure.retryAfterSeconds));
    res.json({ error: failure.code, error_description: failure.message, message: failure.summary });
  };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApiError({
      status,
      code: 'invalid_request',
      summary: 'Bad Request',
      description: 'The request cannot be read',
      cause: error,
    });
  }
  return new ApiError({
    status: 500,
    code: 'server_error',
    summary: 'Internal Server Error',
    description: 'Something went wrong in the API',
    cause: error,
  });
}

/**
 * One challenge for each scheme that is accepted; the error stands in that of the caller's
 * (RFC 6750 section 3, RFC 9449 section 7.1).
 */
function challenges(req: Request, failure: ApiError, dpop: ApiConfig['dpop']): string {
  const schemes: AuthScheme[] = { allowed: ['Bearer', 'DPoP'], required: ['DPoP'], disabled: ['Bearer'] }[
    dpop
  ] as AuthScheme[];
  const used = schemeOf(req) ?? 'Bearer';
  const blamed = schemes.includes(used) ? used : schemes[0];
  return schemes
    .map((scheme) => {
      const own = scheme === 'Bearer' ? { realm: 'api' } : { algs: DPOP_ALGS };
      const told = failure.challenge === 'with error' && scheme === blamed;
      const parameters = {
        ...own,
        ...(told && { error: failure.code, error_description: failure.message }),
        ...(told && failure.scope && { scope: failure.scope }),
      };
      return `${scheme} ${Object.entries(parameters).map(quoted).join(', ')}`;
    })
    .join(', ');
}

/** `name="value"`; characters that RFC 6750 section 3 allows in a description only. */
function quoted([name, value]: [string, string]): string {
  return `${name}="${value.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?')}"`;
}
