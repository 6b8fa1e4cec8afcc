import express, { type RequestHandler } from 'express';
import { asRouted } from '../config/as-routed.ts';
import { SIGNED_OUT_STATE } from '../oidc/logout-url.ts';
import { handling, notingFailure, signedIn } from './guards.ts';
import { callback, callbackForm, login, logout, signup } from './login-routes.ts';
import { isUnsafe } from './negotiation.ts';
import { limitByAddress } from './rate-limit.ts';
import type { DoorParts } from './parts.ts';
import { backChannelLogout, listSessions, revokeOthers, revokeSession } from './sessions-routes.ts';

/** The door's own routes, at their addresses as browsers see them. All else passes at the cost of a lookup in a set. */
export function ownRoutes(parts: DoorParts): RequestHandler {
  const { links, config, observe, visits } = parts;
  const { paths, callback: callbackPath, backChannel, home } = links;
  const route = (work: typeof logout) => handling((req, res) => work(req, res, parts));
  const ofLogin = (work: typeof logout) => route((req, res) => notingFailure(req, parts, work(req, res, parts)));
  const router = express.Router();
  const limit = limitByAddress(config.rateLimitPerMinute, parts.redis, (req) =>
    observe({ event: 'request.limited', limit: 'address', ...visits.about(req) }),
  );
  router.use([paths.login, paths.signup, callbackPath, backChannel], limit);
  router.get(paths.login, ofLogin(login));
  router.post(paths.login, ofLogin(login));
  router.get(paths.signup, ofLogin(signup));
  router.get(callbackPath, ofLogin(callback));
  router.post(callbackPath, route(callbackForm));
  router.get(paths.logout, route(logout));
  router.post(paths.logout, route(logout));
  // Only sessions in Redis can be listed, and ended from elsewhere.
  if (parts.sessions.index) {
    router.post(backChannel, route(backChannelLogout));
    if (paths.sessions !== false) {
      const guard = signedIn(parts);
      router.get(paths.sessions, guard, route(listSessions));
      router.post(`${paths.sessions}/revoke-others`, guard, route(revokeOthers));
      router.post(`${paths.sessions}/:id/revoke`, guard, route(revokeSession));
    }
  }

  const own = [...Object.values({ ...paths }), callbackPath, backChannel].filter((path) => path !== false);
  const known = new Set(own.map(asRouted));
  const below = paths.sessions === false ? undefined : `${asRouted(paths.sessions)}/`;
  /** Where the provider's logout sends the browser back to. */
  const signedOut = new Set([home, config.basePath].map((path) => `${path}?state=${SIGNED_OUT_STATE}`));
  return (req, res, next) => {
    if (req.baseUrl !== '' && asRouted(req.baseUrl) !== asRouted(config.basePath)) {
      const mend = `write gatehouse({ basePath: '${req.baseUrl}' })`;
      return next(new Error(`the door is mounted below ${req.baseUrl}: ${mend}`));
    }
    const path = asRouted(links.pathOf(req));
    if (signedOut.has(links.addressOf(req)) && !isUnsafe(req)) return res.redirect(home);
    if (!known.has(path) && !(below && path.startsWith(below))) return next();
    res.setHeader('Cache-Control', 'no-store');
    const { url } = req;
    req.url = links.addressOf(req);
    router(req, res, (error) => {
      req.url = url;
      next(error);
    });
  };
}
