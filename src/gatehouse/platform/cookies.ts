/** The pairs `name=value` of a `Cookie` header (RFC 6265 section 4.2.1). */
export function cookiePairs(header: string | undefined): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter(Boolean);
}

export function cookieName(pair: string): string {
  return pair.slice(0, pair.indexOf('='));
}

export function cookieValue(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}
