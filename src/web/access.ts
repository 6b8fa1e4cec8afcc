import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { beginLogin, loginUrl } from '../auth/login.ts';
import { LoginAgainError, LoginRequiredError } from './errors.ts';
import { isFromScript, isUnintended, prefersJson } from './negotiation.ts';
import type { Services } from './services.ts';

/** Who may use a route; declared beside its path in routes.ts. */
export type AccessRule = (services: Services) => RequestHandler;

/** Anybody, signed in or not. */
export const everyone: AccessRule = () => (_req, _res, next) => next();

/** Signed-in users; others are led to the login. */
export const signedIn: AccessRule = (services) => async (req, res, next) => {
  if (req.oidc.isAuthenticated()) return next();
  await demandLogin(req, res, services);
};

/**
 * A page navigation goes to the login and comes back to the page that was asked for.
 * @throws LoginRequiredError for JSON and script requests: 401 with `login_url`
 */
export async function demandLogin(req: Request, res: Response, services: Services): Promise<void> {
  const returnTo = req.method === 'GET' ? req.originalUrl : pageOf(req);
  if (prefersJson(req) || isFromScript(req) || isUnintended(req)) {
    throw new LoginRequiredError(loginUrl(returnTo));
  }
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
