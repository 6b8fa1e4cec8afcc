import type { ErrorRequestHandler, RequestHandler } from 'express';
import { isAnswered } from '../gatehouse/session/response-guard.ts';
import { AppError } from '../gatehouse/errors/app-error.ts';
import { HOME, LoginRequiredError } from './errors.ts';
import { isFromScript, prefersJson } from './negotiation.ts';
import { renderPage } from './respond.ts';

export const notFound: RequestHandler = () => {
  throw new AppError('NOT_FOUND', { action: HOME });
};

/** Answers every failure with its own status, as a page or as JSON, under the request id that the log has too. */
export const errorHandler: ErrorRequestHandler = (error: unknown, req, res, next) => {
  const failure = toAppError(error);
  const level = failure.status >= 500 ? 'error' : 'info';
  req.log[level]({ err: describe(failure.cause) }, `${failure.code}: ${failure.entry.title}`);
  // The handler's answer stands, whatever it did afterwards.
  if (isAnswered(req, res)) return;
  if (res.headersSent) return next(error); // Express can only cut the connection
  for (const name of ['Location', 'ETag', 'Content-Length']) res.removeHeader(name); // of the answer that failed

  res.status(failure.status).set('Cache-Control', 'no-store');
  if (failure.retryAfterSeconds !== undefined) res.set('Retry-After', String(failure.retryAfterSeconds));
  if (prefersJson(req) || isFromScript(req)) {
    const loginUrl = failure instanceof LoginRequiredError ? { login_url: failure.loginUrl } : {};
    res.json({ error: failure.code, message: failure.message, request_id: req.id, ...loginUrl });
    return;
  }
  renderPage(req, res, { view: 'error', model: { failure, requestId: req.id } });
};

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // Express and body parsers throw http-errors: a status, and whether it is the client's doing.
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('BAD_REQUEST', { status, cause: error });
  }
  return new AppError('INTERNAL_ERROR', { cause: error });
}

/**
 * What the log says of a cause and of its causes. Not the error objects themselves: those of OAuth libraries
 * carry parameters and whole responses, with codes and tokens in them.
 */
function describe(error: unknown): object | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, error: oauthError } = error as { code?: unknown; error?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' && { reason: code }),
    ...(typeof oauthError === 'string' && { oauthError }),
    ...(error.cause instanceof Error && { cause: describe(error.cause) }),
  };
}
