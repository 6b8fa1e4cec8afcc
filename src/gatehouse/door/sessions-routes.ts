import type { Request, Response, Router } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import type { SessionIndex } from '../session/session-index.ts';
import { HOME } from './failures.ts';
import { handling, signedIn } from './guards.ts';
import { prefersJson } from './negotiation.ts';
import type { SessionEntry } from './options.ts';
import type { DoorParts } from './parts.ts';

/** Where this user is signed in, and signing out there. */
export function addSessionsRoutes(router: Router, path: string, parts: DoorParts, index: SessionIndex): void {
  const { visits, sessions, pages } = parts;
  const guard = signedIn(parts);

  function visitorOf(req: Request): { sub: string; sessionId: string } {
    const session = visits.session(req);
    if (!session) throw new Error('the route lacks the guard signedIn');
    return { sub: session.content.claims.sub, sessionId: session.name };
  }

  function done(req: Request, res: Response): void {
    if (prefersJson(req)) res.status(204).end();
    else res.redirect(303, path);
  }

  const list = handling(async (req, res) => {
    const { sub, sessionId } = visitorOf(req);
    const entries = (await index.list(sub)).map(({ id, createdAt, lastSeenAt, userAgent }) => ({
      ...{ id, current: id === sessionId, userAgent },
      createdAt: new Date(createdAt),
      lastSeenAt: new Date(lastSeenAt),
    }));
    res.vary('Accept');
    if (!prefersJson(req)) await pages.sessions(req, res, { sessions: entries });
    else res.json({ sessions: entries.map(asJson) });
  });

  const revoke = handling(async (req, res) => {
    const { sub, sessionId } = visitorOf(req);
    const id = String(req.params['id']);
    // None of this user's.
    if (!(await index.revoke(sub, id))) throw new CatalogueError('NOT_FOUND', { action: HOME });
    // Who signs out the browser at hand is not told that it was done from elsewhere.
    if (id === sessionId) sessions.forget(req, res);
    done(req, res);
  });

  const revokeOthers = handling(async (req, res) => {
    const { sub, sessionId } = visitorOf(req);
    await index.endSubject(sub, sessionId);
    done(req, res);
  });

  router.get(path, guard, list);
  router.post(`${path}/revoke-others`, guard, revokeOthers);
  router.post(`${path}/:id/revoke`, guard, revoke);
}

function asJson({ id, current, createdAt, lastSeenAt, userAgent }: SessionEntry) {
  return { id, current, created_at: createdAt, last_seen_at: lastSeenAt, user_agent: userAgent ?? null };
}
