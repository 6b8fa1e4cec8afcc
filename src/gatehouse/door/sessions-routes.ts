import type { Request, Response } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { InvalidLogoutTokenError, type LogoutToken, verifyLogoutToken } from '../oidc/logout-token.ts';
import { aboutSession, userInLogs } from '../session/session-content.ts';
import { tellFailure } from './errors.ts';
import type { LogFields } from '../platform/events.ts';
import { prefersJson } from './negotiation.ts';
import type { SessionEntry } from './options.ts';
import { readForm } from './own-pages.ts';
import type { DoorParts } from './parts.ts';

/** `GET /sessions`: where this user is signed in, the newest first; `?page=2` and so on for more. */
export async function listSessions(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, visitor } = visitorOf(req, parts);
  const { page: asked } = req.query;
  const page = typeof asked === 'string' && /^[1-9]\d{0,4}$/.test(asked) ? Number(asked) : 1;
  const found = await index.list(visitor.sub, page);
  const next = found.hasMore ? `${String(parts.links.paths.sessions)}?page=${page + 1}` : undefined;
  const sessions = found.sessions.map((one) => ({ ...one, current: one.id === visitor.name }));
  res.vary('Accept');
  if (prefersJson(req)) res.json({ sessions: sessions.map(asJson), next });
  else await parts.pages.sessions(req, res, { sessions, next });
}

/** `POST /sessions/:id/revoke`: signs one browser out. @throws CatalogueError NOT_FOUND where it is not this user's */
export async function revokeSession(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, visitor, tell } = visitorOf(req, parts);
  const id = String(req.params['id']);
  if (!(await index.revoke(visitor, id))) throw new CatalogueError('NOT_FOUND', { action: HOME });
  tell(1);
  // Whoever signs out the browser at hand is not told that it was done from elsewhere.
  if (id === visitor.name) parts.sessions.forget(req, res);
  done(req, res, parts);
}

/** `POST /sessions/revoke-others`: signs every other browser out. */
export async function revokeOthers(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const { index, visitor, tell } = visitorOf(req, parts);
  tell(await index.endOthers(visitor));
  done(req, res, parts);
}

function done(req: Request, res: Response, { links }: DoorParts): void {
  if (prefersJson(req)) res.status(204).end();
  else res.redirect(303, String(links.paths.sessions));
}

function visitorOf(req: Request, { visits, observe, sessions: { index } }: DoorParts) {
  const session = visits.session(req);
  if (!session || !index) throw new Error('the route needs the guard signedIn, and sessions in Redis');
  const { claims, sid } = session.content;
  const about = { ...visits.about(req), ...aboutSession(session.content) };
  const tell = (count: number) => observe({ event: 'session.revoked', by: 'user', count, ...about });
  return { index, tell, visitor: { sub: claims.sub, sid, name: session.name } };
}

function asJson({ id, current, createdAt, lastSeenAt, userAgent }: SessionEntry) {
  return { id, current, created_at: createdAt, last_seen_at: lastSeenAt, user_agent: userAgent ?? null };
}

/**
 * `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0). The request has no
 * cookie and comes from no page of ours. Failures are told as JSON, whatever the provider accepts.
 */
export async function backChannelLogout(req: Request, res: Response, parts: DoorParts): Promise<void> {
  const about = parts.visits.about(req);
  try {
    const { logout_token: token } = await readForm(req, res).catch((cause: unknown) => {
      throw new InvalidLogoutTokenError('the form cannot be read', { cause });
    });
    if (typeof token !== 'string') throw new InvalidLogoutTokenError('logout_token is missing');
    await endOnce(await verifyLogoutToken(token, parts), about, parts);
    res.status(204).end();
  } catch (error) {
    if (!(error instanceof InvalidLogoutTokenError)) return tellFailure(error, req, res, parts, { forPrograms: true });
    const { message } = error;
    parts.observe({ event: 'logout_token.refused', reason: message, ...about });
    // Section 2.8: whatever is wrong with the request is a 400, even what the form's parser would call 413 or 415.
    const body = { error: 'invalid_request', error_description: message, message, request_id: about.request_id };
    res.status(400).json(body);
  }
}

/**
 * A token counts once: sent again after a new login it must end nothing. It is remembered only after the work is
 * done, so that a provider whose first try met an outage is not told that all is well; ending twice does no harm.
 */
async function endOnce(token: LogoutToken, request: LogFields, { sessions, observe }: DoorParts): Promise<void> {
  const { sub, sid, jti, rememberSeconds } = token;
  const { index } = sessions;
  if (!index) throw new Error('the route needs sessions in Redis');
  const about = { ...request, sub: sub && userInLogs(sub) };
  if (await index.knowsLogoutToken(jti)) return observe({ event: 'logout_token.replayed', ...about });
  // A token with both means that one session, not all of the user's.
  const count = sid === undefined ? await index.endSubject(sub ?? '') : await index.endProviderSession(sid);
  observe({ event: 'session.revoked', by: 'backchannel', count, ...about });
  await index.rememberLogoutToken(jti, rememberSeconds);
}
