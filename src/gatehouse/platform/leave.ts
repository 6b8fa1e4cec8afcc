import type { Request, Response } from 'express';

/**
 * How large an answer's headers may be for a proxy's defaults (nginx: `proxy_buffer_size`, 4 kB), less what Node.js,
 * Express and compression add at the end.
 */
const MAX_HEADER_BYTES = 4096 - 260;

/**
 * Sends a browser on its way. After a form a browser applies the page's `form-action` to every redirect that follows,
 * including those of the other side, which nobody knows in advance: then a page of our own leads on instead.
 */
export function leaveFor(location: string, req: Request, res: Response): void {
  // Overrides what the host set for its page: this answer has the cookie of one login.
  res.set('Cache-Control', 'no-store');
  if (req.method === 'GET' || req.method === 'HEAD') redirect(location, res);
  else leadOn(location, res);
}

/** Redirects; with a page where the address would make the headers larger than proxies take. */
export function redirect(location: string, res: Response, status = 302): void {
  const others = headerBytes(res);
  if (others <= MAX_HEADER_BYTES && others + location.length > MAX_HEADER_BYTES) leadOn(location, res);
  else res.redirect(status, location);
}

function leadOn(location: string, res: Response): void {
  const href = location.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  res
    .status(200)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${href}">` +
        `<title>One moment</title><p><a href="${href}">Go on</a></p></html>`,
    );
}

function headerBytes(res: Response): number {
  const lines = Object.entries(res.getHeaders()).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  );
  return lines.join('').length;
}
