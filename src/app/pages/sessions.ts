import type { Request, RequestHandler, Response } from 'express';
import { currentUser } from '../../gatehouse/door/user.ts';
import type { WebConfig } from '../../gatehouse/config/web-config.ts';
import type { SessionIndex, SessionSummary } from '../../gatehouse/session/session-index.ts';
import { deviceOf } from '../device.ts';
import { AppError } from '../../gatehouse/errors/app-error.ts';
import { HOME } from '../errors.ts';
import { formToken } from '../form-token.ts';
import { prefersJson } from '../negotiation.ts';
import { respond } from '../respond.ts';

/** `GET /sessions`: where this user is signed in. */
export function sessionsPage(index: SessionIndex, config: Pick<WebConfig, 'secrets'>): RequestHandler {
  return async (req, res) => {
    const currentId = index.idOf(req);
    const sessions = (await index.list(subOf(req))).map((session) => asJson(session, currentId));
    respond(req, res, {
      view: 'sessions',
      json: { sessions },
      model: {
        // This browser first: what it is compared with comes below.
        sessions: sessions
          .toSorted((a, b) => Number(b.current) - Number(a.current))
          .map((session) => ({
            ...session,
            ...deviceOf(session.user_agent ?? undefined),
          })),
        formToken: formToken(req, config),
      },
    });
  };
}

/** `POST /sessions/:id/revoke`: signs one browser out. @throws AppError NOT_FOUND for an id that is none of this user's */
export function revokeSession(index: SessionIndex): RequestHandler {
  return async (req, res) => {
    const id = String(req.params['id']);
    const isThisBrowser = id === index.idOf(req);
    if (!(await index.revoke(subOf(req), id))) throw new AppError('NOT_FOUND', { action: HOME });
    // Who signs out the browser at hand is not told that it was done from elsewhere.
    if (isThisBrowser) req.appSession = undefined;
    done(req, res);
  };
}

/** `POST /sessions/revoke-others`: signs every other browser out. */
export function revokeOtherSessions(index: SessionIndex): RequestHandler {
  return async (req, res) => {
    await index.endSubject(subOf(req), index.idOf(req) ?? '');
    done(req, res);
  };
}

function done(req: Request, res: Response): void {
  if (prefersJson(req)) res.status(204).end();
  else res.redirect(303, '/sessions');
}

function subOf(req: Request): string {
  const sub = currentUser(req)?.claims.sub;
  if (sub === undefined) throw new Error('the route lacks the rule signedIn');
  return sub;
}

function asJson(session: SessionSummary, currentId: string | undefined) {
  return {
    id: session.id,
    current: session.id === currentId,
    created_at: new Date(session.createdAt).toISOString(),
    last_seen_at: new Date(session.lastSeenAt).toISOString(),
    user_agent: session.userAgent ?? null,
  };
}
