import { join } from 'node:path';
import type { Express, Request, Response } from 'express';

/** What is known about a user. */
export type Claims = Readonly<Record<string, unknown>>;

/** Sets EJS up as Express's documentation shows it. NODE_ENV=production makes Express cache the views. */
export function useViews(app: Express): void {
  // The compiled file is in dist/bench.
  app.set('view engine', 'ejs').set('views', join(import.meta.dirname, '../../bench/views'));
}

/** Answers `/` with a small page or with JSON, whichever the client asks for. */
export function sendHome(req: Request, res: Response, user: Claims | undefined): void {
  if (req.accepts(['html', 'json']) === 'json') res.json({ authenticated: user !== undefined, user });
  else res.render('home', { user });
}

/** Answers `/profile` with a small page of a few claims, or with all claims as JSON, whichever the client asks for. */
export function sendProfile(req: Request, res: Response, user: Claims): void {
  if (req.accepts(['html', 'json']) === 'json') res.json({ user });
  else res.render('profile', { user });
}
