import type { Request } from 'express';

/** Whether the client asked for data rather than a page. */
export function prefersJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}

/** Whether a script sent the request (Fetch Metadata; older libraries name themselves). */
export function isFromScript(req: Request): boolean {
  return req.get('sec-fetch-dest') === 'empty' || req.get('x-requested-with') !== undefined;
}

/** Whether nobody meant the request to do anything: HEAD, or a browser that loads a link in advance. */
export function isUnintended(req: Request): boolean {
  const purpose = req.get('sec-purpose') ?? req.get('purpose') ?? '';
  return req.method === 'HEAD' || /\bprefetch\b/.test(purpose);
}
