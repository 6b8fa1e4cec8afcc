import type { Request } from 'express';
import { endsAt, endsAtLatest } from '../session/session-lifetime.ts';
import { heldTokens } from '../tokens/token-vault.ts';
import { LoginRequiredError } from './failures.ts';
import type { DoorSession } from './options.ts';
import type { DoorParts } from './parts.ts';

/** The session of a request as the host sees it; undefined where nobody is signed in. */
export function sessionOf(req: Request, { visits, sessions, config, links }: DoorParts): DoorSession | undefined {
  const session = visits.session(req);
  if (!session) return undefined;
  const lifetime = config.session;
  const dateOf = (seconds: number) => new Date(seconds * 1000);
  return {
    id: session.name,
    createdAt: dateOf(session.createdAt),
    expiresAt: dateOf(endsAt(session, lifetime)),
    endsAtLatest: dateOf(endsAtLatest(session, lifetime)),
    rollingSeconds: lifetime.rollingSeconds,
    get data() {
      return session.content.data ?? {};
    },
    tokens: heldTokens(session.content, config),
    isRenewable: session.content.refresh_token !== undefined,
    save: async (changes) => {
      if (sessions.areInCookies && visits.of(req).res.headersSent) {
        throw new Error('a session in a cookie is saved before its answer is sent; set REDIS_URL for more');
      }
      const isKept = await session.change((draft) => {
        const data = Object.entries({ ...draft.data, ...changes });
        draft.data = Object.fromEntries(data.filter(([, value]) => value !== undefined));
      });
      if (!isKept) throw new LoginRequiredError(links.login(links.pageOf(req)));
    },
  };
}
