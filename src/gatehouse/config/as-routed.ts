/** A path as Express compares it: in any case, with or without a slash at the end, percent-encoded or not. */
export function asRouted(path: string): string {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Malformed: compared as it is.
  }
  return decoded.toLowerCase().replace(/(.)\/$/, '$1');
}
