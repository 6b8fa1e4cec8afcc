import { join } from 'node:path';
import type { Express, Request, Response } from 'express';

/** What is known of a user. */
export type Claims = Readonly<Record<string, unknown>>;

/** EJS as Express's documentation has it; views are cached because of NODE_ENV=production. */
export function useViews(app: Express): void {
  // From dist/bench, where this is compiled to.
  app.set('view engine', 'ejs').set('views', join(import.meta.dirname, '../../bench/views'));
}

/** `/`, as whoever asks wants it: a small page or JSON. */
export function sendHome(req: Request, res: Response, user: Claims | undefined): void {
  if (req.accepts(['html', 'json']) === 'json') res.json({ authenticated: user !== undefined, user });
  else res.render('home', { user });
}

/** `/profile`, as whoever asks wants it: a small page with a few claims, or all of them as JSON. */
export function sendProfile(req: Request, res: Response, user: Claims): void {
  if (req.accepts(['html', 'json']) === 'json') res.json({ user });
  else res.render('profile', { user });
}
