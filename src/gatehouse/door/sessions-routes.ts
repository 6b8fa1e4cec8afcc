import type { Request, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { HOME } from './failures.ts';
import { prefersJson } from './negotiation.ts';
import type { SessionEntry } from './options.ts';
import type { DoorParts } from './parts.ts';

/** `GET /sessions`: where this user is signed in. */
export async function listSessions(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, sub, sessionId } = visitorOf(req, parts);
  const sessions = (await index.list(sub)).map(({ id, createdAt, lastSeenAt, userAgent }) => ({
    ...{ id, current: id === sessionId, userAgent },
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(lastSeenAt),
  }));
  res.vary('Accept');
  if (prefersJson(req)) res.json({ sessions: sessions.map(asJson) });
  else await parts.pages.sessions(req, res, { sessions });
}

/**
 * `POST /sessions/:id/revoke`: signs one browser out.
 * @throws CatalogueError NOT_FOUND for an id that is none of this user's
 */
export async function revokeSession(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, sub, sessionId } = visitorOf(req, parts);
  const id = String(req.params['id']);
  if (!(await index.revoke(sub, id))) throw new CatalogueError('NOT_FOUND', { action: HOME });
  // Who signs out the browser at hand is not told that it was done from elsewhere.
  if (id === sessionId) parts.sessions.forget(req, res);
  done(req, res, parts);
}

/** `POST /sessions/revoke-others`: signs every other browser out. */
export async function revokeOthers(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, sub, sessionId } = visitorOf(req, parts);
  await index.endSubject(sub, sessionId);
  done(req, res, parts);
}

function done(req: Request, res: Response, { links }: DoorParts): void {
  if (prefersJson(req)) res.status(204).end();
  else res.redirect(303, String(links.paths.sessions));
}

function visitorOf(req: Request, { visits, sessions: { index } }: DoorParts) {
  const session = visits.session(req);
  if (!session || !index) throw new Error('the route needs the guard signedIn, and sessions in Redis');
  return { index, sub: session.content.claims.sub, sessionId: session.name };
}

function asJson({ id, current, createdAt, lastSeenAt, userAgent }: SessionEntry) {
  return { id, current, created_at: createdAt, last_seen_at: lastSeenAt, user_agent: userAgent ?? null };
}
