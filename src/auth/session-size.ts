import { AppError } from '../platform/app-error.ts';

const MAX_COOKIE_BYTES = 12 * 1024;
/** Header, initialization vector and tag of the JWE, and the names of up to four cookies. */
const OVERHEAD_BYTES = 512;

/**
 * Checks that a session fits into cookies. More than 12 kB of them would be refused by browsers, proxies or
 * Node's own limit on headers, each in its own unhelpful way. @throws AppError SESSION_TOO_LARGE
 */
export function assertFitsCookies(session: object): void {
  const bytes = Math.ceil((Buffer.byteLength(JSON.stringify(session)) * 4) / 3) + OVERHEAD_BYTES;
  if (bytes > MAX_COOKIE_BYTES) throw tooLarge(bytes);
}

function tooLarge(bytes: number): AppError {
  return new AppError('SESSION_TOO_LARGE', { values: { kilobytes: String(Math.ceil(bytes / 1024)) } });
}
