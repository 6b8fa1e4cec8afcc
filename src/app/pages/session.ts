import type { Request, RequestHandler, Response } from 'express';
import { beginLogin } from '../../gatehouse/login/login.ts';
import { destinationOf, loginExpired } from '../../gatehouse/login/login-errors.ts';
import { stateHash, stateOf } from '../../gatehouse/login/login-transactions.ts';
import { AppError } from '../../gatehouse/errors/app-error.ts';
import { readDemand } from '../../gatehouse/login/login-demand.ts';
import { providerLogoutUrl } from '../../gatehouse/login/logout-url.ts';
import { sessionEnd } from '../../gatehouse/session/session-end.ts';
import { HOME } from '../errors.ts';
import { isFromScript, isUnintended, prefersJson } from '../negotiation.ts';
import { renderPage } from '../respond.ts';
import type { Services } from '../services.ts';

/** Refuses what nobody meant: a prefetched login would spend a transaction, a prefetched logout the session. */
export const onlyIfMeant: RequestHandler = (req, _res, next) => {
  if (isUnintended(req)) throw new AppError('NOT_MEANT');
  next();
};

/** Pages offer a login from two minutes before a session's absolute end (public/comfort.js). */
const SOON_SECONDS = 150;

/** `GET /login?returnTo=/path`, with a demand where an API made one: `acr_values`, `max_age`, `scope`, `prompt`. */
export function login(services: Services): RequestHandler {
  return async (req, res) => {
    const demand = readDemand(req.query);
    const { config, sessions } = services;
    const { latestInSeconds } = sessionEnd(req.appSession ?? {}, config, Math.floor(Date.now() / 1000));
    // In a cookie the SDK lets a new login end when the one before would have: one that is at its end is let go of.
    const isPassing =
      !sessions && latestInSeconds < Math.min(SOON_SECONDS, config.session.absoluteSeconds / 2);
    await beginLogin(req, res, services, { returnTo: req.query['returnTo'], demand, letGo: isPassing });
  };
}

/** `GET /signup`: the login, with the provider's page for new users in front. */
export function signup(services: Services): RequestHandler {
  return (req, res) =>
    beginLogin(req, res, services, { returnTo: req.query['returnTo'], screenHint: 'signup' });
}

/** `GET /callback`: the provider sends the browser back with a code. Failures: `src/auth/login-errors.ts`. */
export function callback({ config, provider, callbackOnce, sessions }: Services): RequestHandler {
  const { callbackPath } = config;
  const redirectUri = config.baseUrl + callbackPath;
  return async (req, res) => {
    const { loginTransaction: transaction } = req;
    if (!transaction) {
      // The back button, or a second delivery after the first was answered.
      if (isFinished(req)) return res.redirect(destinationOf(req, callbackPath));
      throw loginExpired(req, callbackPath);
    }
    await provider.configuration(); // an outage that is known before the code is spent costs nothing
    const claim = await callbackOnce.claim(transaction.id);
    if (claim === 'failed') throw loginExpired(req, callbackPath);
    if (claim !== 'ours') {
      transaction.replay = claim.cookies;
      return res.redirect(claim.location);
    }
    transaction.onAnswer = (answer) => {
      const done = callbackOnce.finish(transaction.id, res.statusCode < 400 ? answer : undefined);
      done.catch((error: Error) => req.log.warn({ reason: error.message }, 'a callback was not noted'));
    };
    // The SDK keeps the session id where the same user signs in again. Shown another user before, it makes a new
    // id and a new session at every login, and no field of the one before is left in it.
    Object.defineProperty(req.oidc, 'user', { value: {}, configurable: true });
    sessions?.replace(req);
    // The SDK makes an address of these that it does not use, and fails where they make none.
    for (const name of ['x-forwarded-port', 'x-forwarded-host']) Reflect.deleteProperty(req.headers, name);
    await provider.duringCallback(() => res.oidc.callback({ redirectUri }));
  };
}

function confirmLogout(req: Request, res: Response): void {
  if (prefersJson(req) || isFromScript(req)) throw new AppError('CROSS_SITE_REQUEST', { action: HOME });
  renderPage(req, res, { view: 'confirm-logout' });
}

/** Whether whoever is signed in came by this very login. */
function isFinished(req: Request): boolean {
  const hash = stateHash(stateOf(req) ?? '');
  return req.oidc.isAuthenticated() && (req.appSession?.logins?.includes(hash) ?? false);
}

/** `GET /logout`: ends the session here, revokes its refresh token, ends the provider's session, and comes back to `/`. */
export function logout(services: Services): RequestHandler {
  return async (req, res) => {
    // Signing somebody out is easy to do to others (by a link, a redirect); only this app's own pages do it unasked.
    if (req.get('sec-fetch-site') === 'cross-site') return confirmLogout(req, res);
    const { idToken } = req.oidc;
    // Before the provider is asked for anything: what cannot be ended here is not ended there either.
    await services.detach(req)?.end();
    const { refresh_token: refreshToken, logins = [] } = req.appSession ?? {};
    req.appSession = undefined;
    const [url] = await Promise.all([
      providerLogoutUrl(idToken, services),
      refreshToken && services.revocation.revoke(refreshToken),
      // What fails here passes by itself.
      ...logins.map((id) => services.callbackOnce.forget(id).catch(() => undefined)),
    ]);
    res.redirect(url ?? '/');
  };
}
