import type { Request, RequestHandler, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { SessionIndex } from '../session/session-index.ts';
import type { User } from '../session/user.ts';
import { HOME } from './failures.ts';
import { handling } from './guards.ts';
import { prefersJson } from './negotiation.ts';
import type { SessionEntry } from './options.ts';
import type { DoorParts } from './parts.ts';

/** `GET /sessions`: where this user is signed in. */
export function listSessions(parts: DoorParts, index: SessionIndex): RequestHandler {
  return handling(async (req, res) => {
    const { user, sessionId } = visitorOf(req, parts);
    const sessions = (await index.list(user.sub)).map(({ id, createdAt, lastSeenAt, userAgent }) => ({
      ...{ id, current: id === sessionId, userAgent },
      createdAt: new Date(createdAt),
      lastSeenAt: new Date(lastSeenAt),
    }));
    res.vary('Accept');
    if (prefersJson(req)) res.json({ sessions: sessions.map(asJson) });
    else await parts.pages.sessions(req, res, { sessions });
  });
}

/**
 * `POST /sessions/:id/revoke`: signs one browser out.
 * @throws CatalogueError NOT_FOUND for an id that is none of this user's
 */
export function revokeSession(parts: DoorParts, index: SessionIndex): RequestHandler {
  return handling(async (req, res) => {
    const { user, sessionId } = visitorOf(req, parts);
    const id = String(req.params['id']);
    if (!(await index.revoke(user.sub, id))) throw new CatalogueError('NOT_FOUND', { action: HOME });
    // Who signs out the browser at hand is not told that it was done from elsewhere.
    if (id === sessionId) parts.sessions.forget(req, res);
    done(req, res, parts);
  });
}

/** `POST /sessions/revoke-others`: signs every other browser out. */
export function revokeOtherSessions(parts: DoorParts, index: SessionIndex): RequestHandler {
  return handling(async (req, res) => {
    const { user, sessionId } = visitorOf(req, parts);
    await index.endSubject(user.sub, sessionId);
    done(req, res, parts);
  });
}

function done(req: Request, res: Response, { links }: DoorParts): void {
  if (prefersJson(req)) res.status(204).end();
  else res.redirect(303, String(links.paths.sessions));
}

function visitorOf(req: Request, { visits }: DoorParts): { user: User; sessionId: string } {
  const [user, session] = [visits.user(req), visits.session(req)];
  if (!user || !session) throw new Error('the route lacks the guard signedIn');
  return { user, sessionId: session.name };
}

function asJson({ id, current, createdAt, lastSeenAt, userAgent }: SessionEntry) {
  return {
    ...{ id, current },
    created_at: createdAt.toISOString(),
    last_seen_at: lastSeenAt.toISOString(),
    user_agent: userAgent ?? null,
  };
}
