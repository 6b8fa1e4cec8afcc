import type { RequestHandler } from 'express';
import onHeaders from 'on-headers';
import { cookieName as nameOf, cookiePairs } from '../platform/cookies.ts';

/**
 * Sessions in cookies are written in parts (`appSession.0`, `appSession.1`, …). Of a session that got smaller the SDK
 * leaves the last parts behind, reads them as parts of it next time, and takes the whole for broken: a user is
 * signed out at random. This clears them. Mounted before the SDK, whose cookies it then sees.
 */
export function clearLeftovers({
  cookieName,
  secure,
}: {
  cookieName: string;
  secure: boolean;
}): RequestHandler {
  const isPart = (name: string) =>
    name.startsWith(`${cookieName}.`) && /^\.\d+$/.test(name.slice(cookieName.length));
  return (req, res, next) => {
    onHeaders(res, () => {
      const written = new Set([res.getHeader('set-cookie') ?? []].flat().map((line) => nameOf(String(line))));
      if (![...written].some(isPart)) return;
      const leftovers = cookiePairs(req.headers.cookie)
        .map(nameOf)
        .filter((name) => isPart(name) && !written.has(name));
      for (const name of leftovers)
        res.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'lax', secure });
    });
    next();
  };
}
