import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { beginLogin, loginUrl } from '../auth/login.ts';
import { LoginAgainError, LoginRequiredError, SignedOutError } from './errors.ts';
import { isFromScript, isUnintended, prefersJson } from './negotiation.ts';
import type { Services } from './services.ts';

/** Who may use a route; declared beside its path in routes.ts. */
export type AccessRule = (services: Services) => RequestHandler;

/** Anybody, signed in or not. */
export const everyone: AccessRule = () => (_req, _res, next) => next();

/**
 * Anybody, as long as sessions can be kept: else a login would spend its code for nothing.
 * @throws SessionStoreUnavailableError
 */
export const whileSessionsCanBeKept: AccessRule = (services) => async (req, _res, next) => {
  await services.sessions?.assertWritable(req);
  next();
};

/** Anybody, as long as sessions can be ended. @throws SessionStoreUnavailableError */
export const whileSessionsCanBeEnded: AccessRule = (services) => async (req, _res, next) => {
  await services.sessions?.assertReadable(req);
  next();
};

/** Signed-in users; others are led to the login. */
export const signedIn: AccessRule = (services) => async (req, res, next) => {
  if (req.oidc.isAuthenticated()) return next();
  await demandLogin(req, res, services);
};

/**
 * A page navigation goes to the login and comes back to the page that was asked for.
 * @throws LoginRequiredError for JSON and script requests: 401 with `login_url`
 * @throws SignedOutError where the session was ended from elsewhere: told once, before the way back
 * @throws SessionStoreUnavailableError
 */
export async function demandLogin(req: Request, res: Response, services: Services): Promise<void> {
  await services.sessions?.assertWritable(req);
  const returnTo = req.method === 'GET' ? req.originalUrl : pageOf(req);
  if (prefersJson(req) || isFromScript(req) || isUnintended(req)) {
    throw new LoginRequiredError(loginUrl(returnTo));
  }
  if (services.sessions?.contexts.of(req)?.isRevoked) throw new SignedOutError(loginUrl(returnTo));
  await beginLogin(res, services, { returnTo });
}

/** The page whose form was sent: its own address takes no GET. */
function pageOf(req: Request): string {
  const referer = req.get('referer') ?? '';
  if (!URL.canParse(referer)) return '/';
  const { pathname, search } = new URL(referer);
  return pathname + search;
}

/** A login that turns out to be over while a page is made (its tokens cannot be renewed) leads to the login, too. */
export function leadToLogin(services: Services): ErrorRequestHandler {
  return async (error, req, res, next) => {
    if (error instanceof LoginAgainError && !res.headersSent) await demandLogin(req, res, services);
    else next(error);
  };
}
