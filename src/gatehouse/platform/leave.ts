import type { Request, Response } from 'express';

/**
 * Sends a browser on its way. After a form a browser applies the page's `form-action` to every redirect that
 * follows, also to those of the other side, which nobody knows beforehand: there a page of our own leads on instead.
 */
export function leaveFor(location: string, req: Request, res: Response): void {
  // Also in the place of what the host says of its page: this answer has the cookie of one login.
  res.set('Cache-Control', 'no-store');
  if (req.method === 'GET' || req.method === 'HEAD') return res.redirect(location);
  const href = location.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  res
    .status(200)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${href}">` +
        `<title>One moment</title><p><a href="${href}">Go on</a></p></html>`,
    );
}
