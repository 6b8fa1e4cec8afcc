import type { Request, Response } from 'express';
import type { AppLocals } from './view-locals.ts';

/** A page: a view of `views/pages` (with all its texts), and the data that it shows. */
export interface Page {
  readonly view: string;
  /** Made where the page is shown, not for JSON. */
  readonly model?: () => object;
}

/** Answers with `json` where the client prefers that, else with the page. */
export function respond(req: Request, res: Response, page: Page & { readonly json: object }): void {
  res.vary('Accept');
  if (prefersJson(req)) res.json(page.json);
  else renderPage(req, res, page);
}

/** Renders a page with what every view may use (view-locals.ts) and its own model. */
export function renderPage(req: Request, res: Response, { view, model }: Page): void {
  const { localsOf } = req.app.locals as AppLocals;
  res.render(`pages/${view}`, { ...localsOf(req), ...model?.() });
}

/** Whether the client asked for data rather than a page. */
export function prefersJson(req: Request): boolean {
  const { accept = '' } = req.headers;
  // The most common values need no negotiation.
  if (accept.startsWith('text/html,')) return false;
  return accept === 'application/json' || req.accepts(['html', 'json']) === 'json';
}
