/** Longer destinations would push the login's cookie over the 4 kB that browsers keep. */
const MAX_LENGTH = 1024;

/** Pages that only pass through: coming back to them after a login would sign out again, or loop. */
const PASSING_THROUGH = new Set(['/login', '/signup', '/logout']);

/**
 * The page to come back to after a login: a path of this app with its query, or `/` for anything else, such as
 * an address elsewhere (`//evil.example`, `/\evil.example`), control characters or more than 1024 characters.
 */
export function safeReturnTo(value: unknown, callbackPath = '/callback'): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return '/';
  // Browsers read "\" as "/" and drop tabs and line breaks (WHATWG URL), so these could hide a "//".
  if (!value.startsWith('/') || /[\\\p{Cc}]/u.test(value)) return '/';
  const base = 'http://app.invalid';
  if (!URL.canParse(value, base)) return '/';
  const url = new URL(value, base);
  const path = url.pathname + url.search;
  // Percent-encoded it may be longer than it was.
  if (url.origin !== base || path.startsWith('//') || path.length > MAX_LENGTH) return '/';
  return PASSING_THROUGH.has(url.pathname) || url.pathname === callbackPath ? '/' : path;
}
