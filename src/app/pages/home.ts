import type { RequestHandler } from 'express';
import type { AppParts } from '../app-parts.ts';
import { respond } from '../render.ts';

/** `GET /`; it also tells a browser that it was signed out from elsewhere. */
export function home({ door }: AppParts): RequestHandler {
  return (req, res) => {
    const user = door.user(req);
    const standing = door.standing(req);
    respond(req, res, {
      view: 'home',
      json: user
        ? { authenticated: true, user: user.claims }
        : { authenticated: false, ...(standing === 'unknown' && { session: 'unavailable' }) },
      model: () => ({ wasSignedOut: standing === 'signed out elsewhere' }),
    });
  };
}
