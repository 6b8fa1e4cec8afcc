import express, { type RequestHandler } from 'express';
import { asRouted } from '../login/links.ts';
import { backChannelLogout } from './back-channel-route.ts';
import { callback, login } from './login-routes.ts';
import { logout } from './logout-route.ts';
import type { DoorParts } from './parts.ts';
import { addSessionsRoutes } from './sessions-routes.ts';

const BACK_CHANNEL = '/backchannel-logout';

/** The routes that the door brings. Passes everything else at the cost of one look into a set. */
export function ownRoutes(parts: DoorParts): RequestHandler {
  const { paths, callback: callbackPath } = parts.links;
  // Only sessions in Redis can be listed, and ended from elsewhere.
  const { index } = parts.sessions;
  const router = express.Router();
  router.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  router.get(paths.login, login(parts));
  router.get(paths.signup, login(parts, { screenHint: 'signup' }));
  router.get(callbackPath, callback(parts));
  router.get(paths.logout, logout(parts));
  router.post(paths.logout, logout(parts));
  if (index) router.post(BACK_CHANNEL, backChannelLogout(parts, index));
  if (index && paths.sessions !== false) addSessionsRoutes(router, paths.sessions, parts, index);

  const own = [...Object.values({ ...paths }), callbackPath, BACK_CHANNEL].filter((path) => path !== false);
  const known = new Set(own.map(asRouted));
  const below = paths.sessions === false ? undefined : `${asRouted(paths.sessions)}/`;
  return (req, res, next) => {
    const path = asRouted(req.path);
    if (known.has(path) || (below && path.startsWith(below))) router(req, res, next);
    else next();
  };
}
