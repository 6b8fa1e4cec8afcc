import type { Request, Response } from 'express';
import type { Opened, Session } from '../session/sessions.ts';
import type { Standing } from '../session/standing.ts';
import { type User, userOf } from '../session/user.ts';

/** One request on its way through the app. */
export interface Visit {
  readonly res: Response;
  readonly opened: Opened;
  /** Asked for once, used often. */
  user?: User;
}

/** What the door knows of requests; nothing is written on them. */
export interface Visits {
  begin(req: Request, res: Response, opened: Opened): void;
  /** @throws Error where the door is not mounted before whoever asks */
  of(req: Request): Visit;
  session(req: Request): Session | undefined;
  user(req: Request): User | undefined;
  /** `unknown` also for a request that failed before the door has seen it. */
  standing(req: Request): Standing;
}

export function createVisits(): Visits {
  const visits = new WeakMap<Request, Visit>();

  function session(req: Request): Session | undefined {
    const found = visits.get(req)?.opened.session;
    return found?.gone ? undefined : found;
  }

  return {
    session,
    begin: (req, res, opened) => void visits.set(req, { res, opened }),
    of: (req) => {
      const visit = visits.get(req);
      if (!visit) throw new Error('the door was not asked: app.use(door) has to stand before this route');
      return visit;
    },
    user: (req) => {
      const own = session(req);
      const visit = visits.get(req);
      if (!own || !visit) return undefined;
      visit.user ??= userOf(own.content.claims);
      return visit.user;
    },
    standing: (req) => {
      const { standing, session: found } = visits.get(req)?.opened ?? { standing: 'unknown' };
      if (!found?.gone) return standing;
      return found.gone === 'revoked' ? 'signed out elsewhere' : 'anonymous';
    },
  };
}
