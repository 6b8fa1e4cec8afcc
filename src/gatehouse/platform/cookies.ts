import type { ServerResponse } from 'node:http';

/**
 * The pairs `name=value` of a `Cookie` header (RFC 6265 section 4.2.1). Space and tab around them do not count (RFC
 * 9110 section 5.6.3), anything else is part of a name: with `trim()` a cookie `\u00a0__Host-…` would pass for ours. A
 * cookie without `=` has no name (RFC 6265bis section 5.4); anybody may set it, and it is not ours.
 */
export function cookiePairs(header: string | undefined): string[] {
  const pairs = header?.match(/[^; \t](?:[^;]*[^; \t])?/g) ?? [];
  return pairs.filter((pair) => pair.includes('='));
}

/** The name of a pair, or of a line of `Set-Cookie`. */
export function cookieName(pair: string): string {
  return pair.slice(0, pair.indexOf('='));
}

export function cookieValue(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}

export type CookieLines = ReturnType<typeof cookieLines>;

/** Where browsers see an app: its origin, and the path below which it lives, without a slash at the end. */
interface AppAddress {
  readonly baseUrl: string;
  readonly basePath: string;
}

/**
 * Makes lines for `Set-Cookie` with the attributes that our cookies have: no script reads them, no other site's form or
 * frame sends them, and no other app on this host gets them.
 */
export function cookieLines({ baseUrl, basePath }: AppAddress) {
  const secure = baseUrl.startsWith('https:') ? '; Secure' : '';
  const attributes = `; Path=${basePath || '/'}; HttpOnly; SameSite=Lax${secure}`;
  return {
    /** A cookie that expires after `seconds`. */
    set: (name: string, value: string, seconds: number) =>
      `${name}=${value}${attributes}; Max-Age=${Math.max(0, Math.floor(seconds))}`,
    clear: (name: string) => `${name}=${attributes}; Max-Age=0`,
  };
}

/**
 * Adds the prefix that ties a cookie to this host, if on https (RFC 6265bis section 4.1.3); below a path there is only
 * one that requires https.
 */
export function hostCookieName(name: string, { baseUrl, basePath }: AppAddress): string {
  if (!baseUrl.startsWith('https:')) return name;
  return basePath ? `__Secure-${name}` : `__Host-${name}`;
}

/** Adds lines to the answer, replacing earlier ones for the same cookies. */
export function addCookies(res: ServerResponse, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const names = new Set(lines.map(cookieName));
  const before = [res.getHeader('set-cookie') ?? []].flat().map(String);
  res.setHeader('Set-Cookie', [...before.filter((line) => !names.has(cookieName(line))), ...lines]);
}
