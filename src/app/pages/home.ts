import type { RequestHandler } from 'express';
import { currentUser } from '../../gatehouse/door/user.ts';
import { respond } from '../respond.ts';
import type { Services } from '../services.ts';

/** `GET /`; a browser that was signed out from elsewhere is told so here, too. */
export function home({ sessions }: Services): RequestHandler {
  return (req, res) => {
    // Back from the provider's logout, which returns the `state` that it was given.
    if (typeof req.query['state'] === 'string') return res.redirect('/');
    const user = currentUser(req);
    const wasSignedOut = sessions?.contexts.of(req)?.isRevoked ?? false;
    respond(req, res, {
      view: 'home',
      json: user
        ? { authenticated: true, user: user.claims }
        : { authenticated: false, ...(req.isSessionUnknown && { session: 'unavailable' }) },
      model: { wasSignedOut },
    });
  };
}
