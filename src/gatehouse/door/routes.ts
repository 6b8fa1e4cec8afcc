import express, { type RequestHandler } from 'express';
import { asRouted } from '../login/links.ts';
import { backChannelLogout } from './back-channel-route.ts';
import { signedIn } from './guards.ts';
import { callback, login, signup } from './login-routes.ts';
import { logout } from './logout-route.ts';
import type { DoorParts } from './parts.ts';
import { listSessions, revokeOtherSessions, revokeSession } from './sessions-routes.ts';

const BACK_CHANNEL = '/backchannel-logout';

/** The routes that the door brings. Passes everything else at the cost of one look into a set. */
export function ownRoutes(parts: DoorParts): RequestHandler {
  const { links, sessions } = parts;
  const { paths } = links;
  const router = express.Router();
  router.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  router.get(paths.login, login(parts));
  router.get(paths.signup, signup(parts));
  router.get(links.callback, callback(parts));
  router.get(paths.logout, logout(parts));
  router.post(paths.logout, logout(parts));
  // Only sessions in Redis can be listed, and ended from elsewhere.
  const { index } = sessions;
  if (index) {
    router.post(BACK_CHANNEL, backChannelLogout(parts, index));
    if (paths.sessions !== false) {
      const guard = signedIn(parts);
      router.get(paths.sessions, guard, listSessions(parts, index));
      router.post(`${paths.sessions}/revoke-others`, guard, revokeOtherSessions(parts, index));
      router.post(`${paths.sessions}/:id/revoke`, guard, revokeSession(parts, index));
    }
  }

  const own = [paths.login, paths.signup, links.callback, paths.logout, BACK_CHANNEL];
  const known = new Set([...own, ...(paths.sessions ? [paths.sessions] : [])].map(asRouted));
  const below = paths.sessions ? `${asRouted(paths.sessions)}/` : undefined;
  return (req, res, next) => {
    const path = asRouted(req.path);
    if (known.has(path) || (below && path.startsWith(below))) router(req, res, next);
    else next();
  };
}
