import type { RequestHandler } from 'express';
import { withDeadline } from '../platform/deadline.ts';
import { accessTokenOf } from './access-token.ts';
import { sessionOf } from './door-session.ts';
import { errorHandler } from './errors.ts';
import { allow, signedIn } from './guards.ts';
import type { Door } from './options.ts';
import type { DoorParts } from './parts.ts';
import { ownRoutes } from './routes.ts';

/** The door of these parts. */
export function createDoor(parts: DoorParts): Door {
  const { visits, sessions, ownPages, accessTokens, redis, provider } = parts;
  const routes = ownRoutes(parts);

  const open: RequestHandler = (req, res, next) => {
    sessions.open(req, res).then((opened) => {
      visits.begin(req, res, opened);
      routes(req, res, next);
    }, next);
  };
  return Object.assign(open, {
    signedIn: signedIn(parts),
    allow: allow(parts),
    user: visits.user,
    standing: visits.standing,
    session: (req) => sessionOf(req, parts),
    accessToken: (req, request) => accessTokenOf(req, parts, request),
    formToken: ownPages.formToken,
    errors: errorHandler(parts),
    ready: async (part) => {
      await sessions.assertReadable();
      if (part !== 'sessions') await provider.configuration();
    },
    endSessions: async ({ sub }) => {
      if (!sessions.index) throw new Error('sessions in cookies cannot be ended from elsewhere; set REDIS_URL');
      return sessions.index.endSubject(sub);
    },
    stop: async (patienceMs = 1000) => {
      await withDeadline(accessTokens.settled(), patienceMs).catch(() => undefined);
      redis?.destroy();
    },
  } satisfies Omit<Door, keyof RequestHandler>);
}
