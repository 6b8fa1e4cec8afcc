import type { Request, Response } from 'express';
import { aboutRequest } from '../platform/request-id.ts';
import { sessionInLogs } from '../session/session-content.ts';
import type { Opened, Session } from '../session/sessions.ts';
import { type Standing, type User, userOf } from '../session/user.ts';

export type Visits = ReturnType<typeof createVisits>;

/** What the door knows of requests on their way through the app, kept under a symbol that nobody else has. */
export function createVisits() {
  const VISIT = Symbol('gatehouse');
  const visitOf = (req: Request) => (req as { [VISIT]?: { readonly res: Response; readonly opened: Opened } })[VISIT];

  function session(req: Request): Session | undefined {
    const found = visitOf(req)?.opened.session;
    return found?.gone ? undefined : found;
  }

  /** What names a request and its session in the log, even one that has ended by now. */
  function about(req: Request) {
    const content = visitOf(req)?.opened.session?.content;
    return { ...aboutRequest(req), session: content && sessionInLogs(content) };
  }

  return {
    session,
    about,
    begin: (req: Request, res: Response, opened: Opened) => void Object.assign(req, { [VISIT]: { res, opened } }),
    /** @throws Error where the door is not mounted before the caller */
    of: (req: Request) => {
      const visit = visitOf(req);
      if (!visit) throw new Error('the door was not asked: app.use(door) has to stand before this route');
      return visit;
    },
    user: (req: Request): User | undefined => {
      const claims = session(req)?.content.claims;
      return claims && userOf(claims);
    },
    /** `unknown` also for a request that failed before the door has seen it. */
    standing: (req: Request): Standing => {
      const { standing, session: found } = visitOf(req)?.opened ?? { standing: 'unknown' };
      if (!found?.gone) return standing;
      return found.gone === 'revoked' ? 'signed out elsewhere' : 'anonymous';
    },
  };
}
