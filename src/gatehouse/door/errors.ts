import { once } from 'node:events';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { HOME } from '../errors/catalogue-error.ts';
import { wantedBy } from '../login/login-demand.ts';
import { requestIdOf } from '../platform/request-id.ts';
import { described, LoginAgainError, LoginRequiredError, permissionMissing, toldError } from './failures.ts';
import { demandLogin } from './guards.ts';
import { wantsPage } from './negotiation.ts';
import type { DoorParts } from './parts.ts';

/** How long an answer that has begun may take to end once its handler has failed. */
const ENDS_WITHIN_MS = 2000;

/** Answers every failure with its own status, as a page or as JSON, under the request id that the log has too. */
export function errorHandler(parts: DoorParts): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    leadOn(error, req, res, parts)
      .catch((failure: unknown) => tellFailure(failure, req, res, parts))
      .catch(next);
  };
}

/**
 * Leads to a new login where, while a page is made, the present one proves to be over (its tokens cannot be renewed) or
 * not enough for an API (RFC 9470). Otherwise rejects with the error to tell.
 */
async function leadOn(error: unknown, req: Request, res: Response, parts: DoorParts): Promise<void> {
  if (res.headersSent) throw error;
  if (error instanceof LoginAgainError) return demandLogin(req, res, parts, error);
  const wanted = wantedBy(error);
  if (!wanted) throw error;
  if ('permission' in wanted) throw permissionMissing(req, parts, wanted.permission, { ofApi: true });
  const asked = parts.visits.session(req)?.content.asked;
  await demandLogin(req, res, parts, new LoginAgainError(wanted.demand, asked));
}

/** `forPrograms`: JSON, whatever the client accepts. Rejects with what only Express can end. */
export async function tellFailure(
  error: unknown,
  req: Request,
  res: Response,
  { log, config, links, pages, visits }: DoorParts,
  { forPrograms = false } = {},
): Promise<void> {
  const failure = toldError(error);
  const { status, code, title, message, operator, retryAfterSeconds } = failure;
  const requestId = requestIdOf(req, res);
  const err = described(failure.cause);
  log[status >= 500 ? 'error' : 'info']({ ...visits.about(req), ...(err && { err }) }, `${code}: ${title}`);
  // The handler's answer stands, whatever it did afterwards.
  if (res.writableEnded) return;
  if (res.headersSent) {
    // Compression ends an answer a moment after its handler does. If nobody ends it, Express can only cut it off.
    const signal = AbortSignal.timeout(ENDS_WITHIN_MS);
    const isEnded = await once(res, 'prefinish', { signal }).then(Boolean, () => false);
    if (isEnded) return;
    throw error;
  }

  for (const name of ['Location', 'ETag', 'Content-Length']) res.removeHeader(name); // of the answer that failed
  res.status(status).set('Cache-Control', 'no-store');
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
  if (forPrograms || !wantsPage(req)) {
    const loginUrl = failure instanceof LoginRequiredError && { login_url: failure.action?.href };
    res.json({ error: code, message, request_id: requestId, ...loginUrl });
    return;
  }
  const again = retryAfterSeconds === undefined ? undefined : { label: 'Try again', href: links.retryOf(req) };
  // The catalogue does not know the path of the home page.
  const action = failure.action === HOME ? { ...HOME, href: links.home } : (failure.action ?? again);
  await pages.error(req, res, {
    ...{ status, code, title, message, requestId },
    ...(action && { action }),
    ...(!config.production && operator && { operator }),
  });
}
