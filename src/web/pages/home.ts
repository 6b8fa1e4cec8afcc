import type { RequestHandler } from 'express';
import { currentUser } from '../../auth/current-user.ts';
import { respond } from '../respond.ts';

/** `GET /` */
export const home: RequestHandler = (req, res) => {
  const user = currentUser(req);
  respond(req, res, {
    view: 'home',
    title: user ? `Welcome, ${user.name}` : 'Welcome',
    json: user
      ? { authenticated: true, user: user.claims }
      : { authenticated: false, ...(req.isSessionUnknown && { session: 'unavailable' }) },
  });
};
