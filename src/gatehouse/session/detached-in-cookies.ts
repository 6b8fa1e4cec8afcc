import { createHash, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { DetachedSession } from './detached-session.ts';
import { TOKEN_FIELDS } from './merge.ts';
import { fitsCookies } from './session-size.ts';
import type { WebSession } from './web-session.ts';

/** Requests that come with an old cookie get the tokens that followed, for so long. */
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;

/** The tokens of one login through all its refreshes. */
interface Line {
  readonly id: string;
  /** The latest that this process knows; undefined before the first refresh. */
  latest?: WebSession;
  hasEnded?: true;
  /** The last work that asked to be alone. */
  tail: Promise<unknown>;
  usedAt: number;
}

/**
 * Detached sessions where sessions live in cookies. A cookie can only be written with an answer, so this process
 * remembers for a while what followed a refresh token: for parallel requests, which come with the old one, and for
 * a page that gave up before its answer came. Other processes know nothing of it.
 */
export function detachedInCookies({ now = Date.now }: { now?: () => number } = {}): (
  req: Request,
) => DetachedSession | undefined {
  // By the hash of every refresh token that the line has had; the least recently used come first.
  const lines = new Map<string, Line>();

  function remember(refreshToken: string, line: Line): void {
    line.usedAt = now();
    const hash = hashOf(refreshToken);
    lines.delete(hash);
    lines.set(hash, line);
    for (const [oldest, { usedAt }] of lines) {
      if (lines.size <= MAX_REMEMBERED && now() - usedAt < REMEMBERED_MS) break;
      lines.delete(oldest);
    }
  }

  const newLine = (): Line => ({ id: randomUUID(), tail: Promise.resolve(), usedAt: now() });

  return (req) => {
    const own = req.appSession;
    if (!own?.refresh_token) return undefined;
    const line = lines.get(hashOf(own.refresh_token)) ?? newLine();
    remember(own.refresh_token, line);
    const start = { ...own };
    let working: WebSession | undefined;

    const detached: DetachedSession = {
      key: line.id,
      exclusively: (work) => {
        const run = line.tail.then(() => work(() => true));
        line.tail = run.catch(() => undefined);
        return run;
      },
      read: async () => {
        working = line.hasEnded ? undefined : { ...start, ...(isNewer(line.latest, start) && line.latest) };
        return working;
      },
      write: async () => {
        if (!working || line.hasEnded) return false;
        // Tokens for other APIs can be had again; those of the login have to fit.
        while (working.tokens?.length && !fitsCookies(working)) working.tokens.pop();
        line.latest = { ...tokensOf(working), renewed_at: now() };
        if (working.refresh_token) remember(working.refresh_token, line);
        return true;
      },
      end: async () => {
        line.hasEnded = true;
      },
      adopt: (of) => {
        if (of.appSession && isNewer(line.latest, of.appSession)) Object.assign(of.appSession, line.latest);
      },
    };
    // The browser may have sent a cookie from before a refresh.
    detached.adopt(req);
    return detached;
  };
}

function isNewer(latest: WebSession | undefined, session: WebSession): latest is WebSession {
  return (latest?.renewed_at ?? 0) > (session.renewed_at ?? 0);
}

function tokensOf(session: WebSession): WebSession {
  return Object.fromEntries(Object.entries(session).filter(([name]) => TOKEN_FIELDS.has(name)));
}

function hashOf(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('base64url');
}
