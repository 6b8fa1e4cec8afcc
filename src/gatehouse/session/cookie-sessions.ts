import type { Request, RequestHandler } from 'express';
import { decodeProtectedHeader } from 'jose';
import onHeaders from 'on-headers';
import type { WebConfig } from '../config/web-config.ts';
import { cookieName as nameOf, cookiePairs, cookieValue } from '../platform/cookies.ts';
import { touchIntervalSeconds } from './redis-session-store.ts';

export interface CookieSessions {
  /** Mounted before the SDK, so that it sees the cookies that the SDK adds. */
  readonly beforeSdk: RequestHandler;
  /** Mounted after it, when the session is read. */
  readonly afterSdk: RequestHandler;
}

/**
 * Sessions in cookies, as the SDK writes them, with two things mended.
 * It writes the session with every answer: kilobytes a page view, and slow requests undo what fast ones have written.
 * Here one that did not change is written again as often as one in Redis is touched.
 * A large session is in parts (`appSession.0`, `appSession.1`, …). Of one that got smaller the SDK leaves the last parts
 * behind, reads them as parts of it next time, and takes the whole for broken: its user is signed out at random.
 */
export function cookieSessions(options: {
  cookieName: string;
  secure: boolean;
  session: WebConfig['session'];
}): CookieSessions {
  const { cookieName, secure, session } = options;
  const touchInterval = touchIntervalSeconds(session);
  const isPart = (name: string) =>
    name.startsWith(`${cookieName}.`) && /^\.\d+$/.test(name.slice(cookieName.length));
  const isOurs = (name: string) => name === cookieName || isPart(name);
  /** The session as it was read, as JSON. */
  const read = new WeakMap<Request, string>();

  /** When the session was written last, epoch seconds: the SDK puts it into the readable part of its JWE. */
  function writtenAt(req: Request): number {
    const isFirst = (pair: string) => [cookieName, `${cookieName}.0`].includes(nameOf(pair));
    try {
      const [header = ''] = cookieValue(cookiePairs(req.headers.cookie).find(isFirst) ?? '').split('.');
      return Number(decodeProtectedHeader({ protected: header })['uat'] ?? 0);
    } catch {
      return 0;
    }
  }

  return {
    beforeSdk: (req, res, next) => {
      const names = cookiePairs(req.headers.cookie).map(nameOf);
      onHeaders(res, () => {
        const lines = [res.getHeader('set-cookie') ?? []].flat().map(String);
        const before = read.get(req);
        const isUnchanged = before !== undefined && before === JSON.stringify(req.appSession);
        if (isUnchanged && Date.now() / 1000 - writtenAt(req) < touchInterval) {
          const others = lines.filter((line) => !isOurs(nameOf(line)));
          if (others.length > 0) res.setHeader('set-cookie', others);
          else res.removeHeader('set-cookie');
          return;
        }
        const written = new Set(lines.map(nameOf));
        if (![...written].some(isPart)) return;
        for (const name of names.filter((name) => isPart(name) && !written.has(name))) {
          res.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'lax', secure });
        }
      });
      next();
    },
    afterSdk: (req, _res, next) => {
      if (req.oidc.isAuthenticated()) read.set(req, JSON.stringify(req.appSession));
      next();
    },
  };
}
