import type { Request, Response } from 'express';
import { currentUser } from '../auth/current-user.ts';
import { prefersJson } from './negotiation.ts';

/** A page: a view of `views/pages`, its title and what the view shows. */
export interface Page {
  readonly view: string;
  readonly title: string;
  readonly model?: object;
}

/** Answers with `json` where the client prefers that, else with the page. */
export function respond(req: Request, res: Response, page: Page & { readonly json: object }): void {
  res.vary('Accept');
  if (prefersJson(req)) res.json(page.json);
  else renderPage(req, res, page);
}

/** Renders a page with what every view may use: `title`, `user`, `path`, and whether we could not look up the user. */
export function renderPage(req: Request, res: Response, { view, title, model }: Page): void {
  res.render(`pages/${view}`, {
    title,
    user: currentUser(req),
    path: req.path,
    isSessionUnknown: req.isSessionUnknown ?? false,
    ...model,
  });
}
