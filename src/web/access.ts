import type { RequestHandler } from 'express';
import { beginLogin, loginUrl } from '../auth/login.ts';
import { LoginRequiredError } from './errors.ts';
import { isFromScript, isUnintended, prefersJson } from './negotiation.ts';
import type { Services } from './services.ts';

/** Who may use a route; declared beside its path in routes.ts. */
export type AccessRule = (services: Services) => RequestHandler;

/** Anybody, signed in or not. */
export const everyone: AccessRule = () => (_req, _res, next) => next();

/**
 * Signed-in users. A page navigation goes to the login and comes back; JSON and script requests get 401 with
 * `login_url`.
 */
export const signedIn: AccessRule = (services) => async (req, res, next) => {
  if (req.oidc.isAuthenticated()) return next();
  if (prefersJson(req) || isFromScript(req) || isUnintended(req)) {
    throw new LoginRequiredError(loginUrl(req.originalUrl));
  }
  await beginLogin(res, services, { returnTo: req.originalUrl });
};
