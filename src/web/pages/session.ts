import type { RequestHandler } from 'express';
import { beginLogin } from '../../auth/login.ts';
import { providerLogoutUrl } from '../../auth/logout-url.ts';
import { NotMeantError } from '../errors.ts';
import { isUnintended } from '../negotiation.ts';
import type { Services } from '../services.ts';

/** Refuses what nobody meant: a prefetched login would spend a transaction, a prefetched logout the session. */
export const onlyIfMeant: RequestHandler = (req, _res, next) => {
  if (isUnintended(req)) throw new NotMeantError();
  next();
};

/** `GET /login?returnTo=/path` */
export function login(services: Services): RequestHandler {
  return (req, res) => beginLogin(res, services, { returnTo: req.query['returnTo'] });
}

/** `GET /signup`: the login, with the provider's page for new users in front. */
export function signup(services: Services): RequestHandler {
  return (req, res) =>
    beginLogin(res, services, {
      returnTo: req.query['returnTo'],
      authorizationParams: { screen_hint: 'signup' },
    });
}

/** `GET /callback`: the provider sends the browser back with a code. Failures: `src/auth/login-errors.ts`. */
export function callback({ config }: Services): RequestHandler {
  return (req, res) => {
    // The SDK keeps the session id where the same user signs in again. Shown another user before, it makes a new
    // id and a new session at every login, and no field of the one before is left in it.
    Object.defineProperty(req.oidc, 'user', { value: {}, configurable: true });
    return res.oidc.callback({ redirectUri: config.baseUrl + config.callbackPath });
  };
}

/** `GET /logout`: ends the session here, then the provider's, and comes back to `/`. */
export function logout(services: Services): RequestHandler {
  return async (req, res) => {
    const { idToken } = req.oidc;
    req.appSession = undefined;
    res.redirect((await providerLogoutUrl(idToken, services)) ?? '/');
  };
}
