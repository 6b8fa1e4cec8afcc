import type { Request, RequestHandler, Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { providerLogoutUrl } from '../oidc/logout-url.ts';
import { HOME } from './failures.ts';
import { handling } from './guards.ts';
import { assertMeant } from './login-routes.ts';
import { isFromScript, prefersJson } from './negotiation.ts';
import { isUnsafe } from './own-pages.ts';
import type { DoorParts } from './parts.ts';

/**
 * `GET /logout`, and `POST` from the question that it asks first where another site sent somebody here: ends the session
 * here, revokes its refresh token, ends the provider's session, and comes back to `/`.
 */
export function logout(parts: DoorParts): RequestHandler {
  const { visits, sessions, revocation, callbackOnce, ownPages } = parts;
  return handling(async (req, res) => {
    const { opened } = visits.of(req);
    if (opened.standing === 'unknown') throw opened.cause;
    const session = visits.session(req);
    // A session that was read just now is as good as an answer to a question of its own.
    if (!session) await sessions.assertReadable();
    assertMeant(req);
    if (isUnsafe(req)) await ownPages.assertOwn(req, res);
    // Signing somebody out is easy to do to others (by a link, a redirect); only this app's own pages do it unasked.
    else if (req.get('sec-fetch-site') === 'cross-site') return confirm(req, res, parts);

    // Before the provider is asked for anything: what cannot be ended here is not ended there either.
    await session?.end();
    sessions.forget(req, res);
    const { id_token: idToken, refresh_token: refreshToken, logins = [] } = session?.content ?? {};
    const [url] = await Promise.all([
      providerLogoutUrl(idToken, parts),
      refreshToken && revocation.revoke(refreshToken),
      // What fails here passes by itself.
      ...logins.map((id) => callbackOnce.forget(id).catch(() => undefined)),
    ]);
    res.redirect(isUnsafe(req) ? 303 : 302, url ?? '/');
  });
}

async function confirm(req: Request, res: Response, { pages, links }: DoorParts): Promise<void> {
  if (prefersJson(req) || isFromScript(req)) throw new CatalogueError('CROSS_SITE_REQUEST', { action: HOME });
  await pages.confirmLogout(req, res, { logoutUrl: links.paths.logout });
}
