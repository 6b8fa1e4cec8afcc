import type { Request } from 'express';

/** Whether the client asked for data rather than a page. */
export function prefersJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}

/**
 * Whether anything but a page navigation sent the request: a script, an image, a frame (Fetch Metadata). Older libraries
 * name themselves; the browsers inside of apps send names of their own with pages, too.
 */
export function isFromScript(req: Request): boolean {
  const destination = req.get('sec-fetch-dest');
  if (destination !== undefined) return destination !== 'document';
  return req.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
}

/** Whether nobody meant the request to do anything: HEAD, or a browser that loads a link in advance. */
export function isUnintended(req: Request): boolean {
  const purpose = req.get('sec-purpose') ?? req.get('purpose') ?? '';
  return req.method === 'HEAD' || /\bprefetch\b/.test(purpose);
}
