import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { beginLogin, loginUrl } from '../gatehouse/login/login.ts';
import { wasJustMet } from '../gatehouse/login/login-demand.ts';
import { safeReturnTo } from '../gatehouse/login/return-to.ts';
import { AppError } from '../gatehouse/errors/app-error.ts';
import { LoginAgainError, LoginRequiredError } from './errors.ts';
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
 * @throws AppError SIGNED_OUT where the session was ended from elsewhere: told once, before the way back
 * @throws AppError TOKENS_REFUSED where a login after a login would be made without end
 * @throws AppError STEP_UP_FAILED where `demand` was met just now, and was not enough
 * @throws SessionStoreUnavailableError
 */
async function demandLogin(
  req: Request,
  res: Response,
  services: Services,
  { demand = {}, isGoingRound }: Partial<LoginAgainError> = {},
): Promise<void> {
  await services.sessions?.assertWritable(req);
  const returnTo = pageOf(req);
  const stepUp = Object.keys(demand).length > 0;
  if (prefersJson(req) || isFromScript(req) || isUnintended(req)) {
    throw new LoginRequiredError(loginUrl(returnTo, demand), { stepUp });
  }
  if (stepUp && wasJustMet(demand, req.appSession?.asked, Date.now() / 1000)) {
    const action = { label: 'Sign in once more', href: loginUrl(returnTo, { ...demand, prompt: 'login' }) };
    throw new AppError('STEP_UP_FAILED', { action });
  }
  const again = { label: 'Sign in again', href: loginUrl(returnTo) };
  if (services.sessions?.contexts.of(req)?.isRevoked) throw new AppError('SIGNED_OUT', { action: again });
  if (isGoingRound) throw new AppError('TOKENS_REFUSED', { action: again });
  await beginLogin(req, res, services, { returnTo, demand, again: isGoingRound === false && !stepUp });
}

/** The page to come back to: the one asked for, or the one whose form was sent, whose own address takes no GET. */
export function pageOf(req: Request): string {
  if (req.method === 'GET') return req.originalUrl;
  const referer = req.get('referer') ?? '';
  if (!URL.canParse(referer)) return '/';
  const { pathname, search } = new URL(referer);
  // Anybody can send a form from anywhere.
  return safeReturnTo(pathname + search);
}

/**
 * A login that turns out to be over while a page is made (its tokens cannot be renewed), or to be too little for the
 * API (RFC 9470), leads to the login, too.
 */
export function leadToLogin(services: Services): ErrorRequestHandler {
  return async (error, req, res, next) => {
    if (error instanceof LoginAgainError && !res.headersSent) {
      await demandLogin(req, res, services, error);
    } else next(error);
  };
}
