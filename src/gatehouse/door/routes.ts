import express, { type RequestHandler } from 'express';
import { asRouted } from '../config/as-routed.ts';
import { SIGNED_OUT_STATE } from '../oidc/logout-url.ts';
import { handling, signedIn } from './guards.ts';
import { callback, login, logout, signup } from './login-routes.ts';
import { isUnsafe } from './negotiation.ts';
import { limitByAddress } from './rate-limit.ts';
import type { DoorParts } from './parts.ts';
import { backChannelLogout, listSessions, revokeOthers, revokeSession } from './sessions-routes.ts';

const BACK_CHANNEL = '/backchannel-logout';
/** Where the provider's logout sends the browser back to. */
const SIGNED_OUT = `/?state=${SIGNED_OUT_STATE}`;

/** The routes that the door brings. Passes everything else at the cost of one look into a set. */
export function ownRoutes(parts: DoorParts): RequestHandler {
  const { paths, callback: callbackPath } = parts.links;
  const route = (work: typeof logout) => handling((req, res) => work(req, res, parts));
  const router = express.Router();
  router.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  const limit = limitByAddress(parts.config.rateLimitPerMinute, parts.redis);
  router.use([paths.login, paths.signup, callbackPath, BACK_CHANNEL], limit);
  router.get(paths.login, route(login));
  router.post(paths.login, route(login));
  router.get(paths.signup, route(signup));
  router.get(callbackPath, route(callback));
  router.get(paths.logout, route(logout));
  router.post(paths.logout, route(logout));
  // Only sessions in Redis can be listed, and ended from elsewhere.
  if (parts.sessions.index) {
    router.post(BACK_CHANNEL, route(backChannelLogout));
    if (paths.sessions !== false) {
      const guard = signedIn(parts);
      router.get(paths.sessions, guard, route(listSessions));
      router.post(`${paths.sessions}/revoke-others`, guard, route(revokeOthers));
      router.post(`${paths.sessions}/:id/revoke`, guard, route(revokeSession));
    }
  }

  const own = [...Object.values({ ...paths }), callbackPath, BACK_CHANNEL].filter((path) => path !== false);
  const known = new Set(own.map(asRouted));
  const below = paths.sessions === false ? undefined : `${asRouted(paths.sessions)}/`;
  return (req, res, next) => {
    const path = asRouted(req.path);
    if (req.url === SIGNED_OUT && !isUnsafe(req)) res.redirect('/');
    else if (known.has(path) || (below && path.startsWith(below))) router(req, res, next);
    else next();
  };
}
