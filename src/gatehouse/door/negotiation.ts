import type { Request } from 'express';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether the client asked for data rather than a page. */
export function prefersJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}

/**
 * Whether a page is wanted: not data, and not by a script, an image, a frame (Fetch Metadata). Older libraries name
 * themselves; browsers embedded in apps send names of their own even for pages. On plain http browsers send no Fetch
 * Metadata: what they accept counts. They all call themselves Mozilla; curl and the like get pages.
 */
export function wantsPage(req: Request): boolean {
  if (prefersJson(req)) return false;
  const destination = req.get('sec-fetch-dest');
  if (destination !== undefined) return destination === 'document';
  if (req.get('user-agent')?.startsWith('Mozilla/') && !req.get('accept')?.includes('text/html')) return false;
  return req.get('x-requested-with')?.toLowerCase() !== 'xmlhttprequest';
}

/** Whether nobody meant the request to do anything: HEAD, or a browser that loads a link in advance. */
export function isUnintended(req: Request): boolean {
  const purpose = req.get('sec-purpose') ?? req.get('purpose') ?? '';
  return req.method === 'HEAD' || /\bprefetch\b/.test(purpose);
}

/** Whether a request may change something, so that it matters who sent it (RFC 9110 section 9.2.1). */
export function isUnsafe(req: Request): boolean {
  return !SAFE.has(req.method);
}
