import type { RequestHandler } from 'express';
import { beginLogin } from '../../auth/login.ts';
import { readDemand } from '../../auth/login-demand.ts';
import { providerLogoutUrl } from '../../auth/logout-url.ts';
import { NotMeantError } from '../errors.ts';
import { isUnintended } from '../negotiation.ts';
import type { Services } from '../services.ts';

/** Refuses what nobody meant: a prefetched login would spend a transaction, a prefetched logout the session. */
export const onlyIfMeant: RequestHandler = (req, _res, next) => {
  if (isUnintended(req)) throw new NotMeantError();
  next();
};

/** `GET /login?returnTo=/path`, with a demand where an API made one: `acr_values`, `max_age`, `scope`, `prompt`. */
export function login(services: Services): RequestHandler {
  return (req, res) =>
    beginLogin(req, res, services, { returnTo: req.query['returnTo'], demand: readDemand(req.query) });
}

/** `GET /signup`: the login, with the provider's page for new users in front. */
export function signup(services: Services): RequestHandler {
  return (req, res) =>
    beginLogin(req, res, services, { returnTo: req.query['returnTo'], screenHint: 'signup' });
}

/** `GET /callback`: the provider sends the browser back with a code. Failures: `src/auth/login-errors.ts`. */
export function callback({ config, provider }: Services): RequestHandler {
  return (req, res) => {
    // The SDK keeps the session id where the same user signs in again. Shown another user before, it makes a new
    // id and a new session at every login, and no field of the one before is left in it.
    Object.defineProperty(req.oidc, 'user', { value: {}, configurable: true });
    const redirectUri = config.baseUrl + config.callbackPath;
    return provider.duringCallback(() => res.oidc.callback({ redirectUri }));
  };
}

/** `GET /logout`: ends the session here, revokes its refresh token, ends the provider's session, and comes back to `/`. */
export function logout(services: Services): RequestHandler {
  return async (req, res) => {
    const { idToken } = req.oidc;
    // Before the provider is asked for anything: what cannot be ended here is not ended there either.
    await services.detach(req)?.end();
    const refreshToken = req.appSession?.refresh_token;
    req.appSession = undefined;
    const [url] = await Promise.all([
      providerLogoutUrl(idToken, services),
      refreshToken && services.revocation.revoke(refreshToken),
    ]);
    res.redirect(url ?? '/');
  };
}
