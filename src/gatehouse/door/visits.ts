import type { Request, Response } from 'express';
import type { Opened, Session } from '../session/sessions.ts';
import type { Standing } from '../session/standing.ts';
import { type User, userOf } from '../session/user.ts';

export type Visits = ReturnType<typeof createVisits>;

/** What the door knows of requests on their way through the app; nothing is written on them. */
export function createVisits() {
  const visits = new WeakMap<Request, { readonly res: Response; readonly opened: Opened }>();

  function session(req: Request): Session | undefined {
    const found = visits.get(req)?.opened.session;
    return found?.gone ? undefined : found;
  }

  return {
    session,
    begin: (req: Request, res: Response, opened: Opened) => void visits.set(req, { res, opened }),
    /** @throws Error where the door is not mounted before whoever asks */
    of: (req: Request) => {
      const visit = visits.get(req);
      if (!visit) throw new Error('the door was not asked: app.use(door) has to stand before this route');
      return visit;
    },
    user: (req: Request): User | undefined => {
      const claims = session(req)?.content.claims;
      return claims && userOf(claims);
    },
    /** `unknown` also for a request that failed before the door has seen it. */
    standing: (req: Request): Standing => {
      const { standing, session: found } = visits.get(req)?.opened ?? { standing: 'unknown' };
      if (!found?.gone) return standing;
      return found.gone === 'revoked' ? 'signed out elsewhere' : 'anonymous';
    },
  };
}
