import type { ErrorRequestHandler, Request, Response } from 'express';
import { missing } from './access-token.ts';
import { wantedBy } from './challenge.ts';
import { described, LoginAgainError, LoginRequiredError, type ToldError, toldError } from './failures.ts';
import { demandLogin } from './guards.ts';
import { isFromScript, prefersJson } from './negotiation.ts';
import type { Failure } from './options.ts';
import type { DoorParts } from './parts.ts';
import { requestIdOf } from './request-id.ts';

/**
 * Answers every failure with its own status, as a page or as JSON, under the request id that the log has too. A login
 * that turns out to be over while a page is made (its tokens cannot be renewed), or to be too little for an API
 * (RFC 9470), leads to the login.
 */
export function errorHandler(parts: DoorParts): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    leadOn(error, req, res, parts).then(
      (isLed) => {
        if (!isLed) answer(error, req, res, next);
      },
      (failure: unknown) => answer(failure, req, res, next),
    );
  };

  function answer(error: unknown, req: Request, res: Response, next: (error: unknown) => void): void {
    const failure = toldError(error);
    logFailure(failure, req, res, parts);
    // The handler's answer stands, whatever it did afterwards.
    if (res.writableEnded) return;
    if (res.headersSent) return next(error); // Express can only cut the connection
    tellFailure(failure, req, res, parts);
  }
}

/** What an error demands of the sign-in. True where the browser is on its way to the login. */
async function leadOn(error: unknown, req: Request, res: Response, parts: DoorParts): Promise<boolean> {
  if (res.headersSent) return false;
  if (error instanceof LoginAgainError) {
    await demandLogin(req, res, parts, error);
    return true;
  }
  const wanted = wantedBy(error);
  if (!wanted) return false;
  if ('permission' in wanted) throw missing(req, parts, wanted.permission);
  const asked = parts.visits.session(req)?.content.asked;
  await demandLogin(req, res, parts, { demand: wanted.demand, asked });
  return true;
}

export function logFailure(failure: ToldError, req: Request, res: Response, { log }: DoorParts): void {
  const level = failure.status >= 500 ? 'error' : 'info';
  const err = described(failure.cause);
  const request_id = requestIdOf(req, res);
  log[level]({ request_id, ...(err && { err }) }, `${failure.code}: ${failure.title}`);
}

/** `forPrograms`: JSON whatever the client says that it takes. */
export function tellFailure(
  failure: ToldError,
  req: Request,
  res: Response,
  { config, links, pages }: DoorParts,
  { forPrograms = false } = {},
): void {
  const { status, code, title, message, retryAfterSeconds } = failure;
  for (const name of ['Location', 'ETag', 'Content-Length']) res.removeHeader(name); // of the answer that failed
  res.status(status).set('Cache-Control', 'no-store');
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
  const requestId = requestIdOf(req, res);
  if (forPrograms || prefersJson(req) || isFromScript(req)) {
    const loginUrl = failure instanceof LoginRequiredError ? { login_url: failure.loginUrl } : {};
    res.json({ error: code, message, request_id: requestId, ...loginUrl });
    return;
  }
  const again = { label: 'Try again', href: links.retryOf(req) };
  const action = failure.action ?? (retryAfterSeconds === undefined ? undefined : again);
  const told: Failure = {
    ...{ status, code, title, message, requestId },
    ...(action && { action }),
    ...(!config.production && failure.operator && { operator: failure.operator }),
  };
  void pages.error(req, res, told);
}
