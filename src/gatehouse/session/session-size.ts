import { AppError } from '../errors/app-error.ts';

/** More would be refused by browsers, proxies or Node's own limit on headers, each in its own unhelpful way. */
const MAX_COOKIE_BYTES = 12 * 1024;
/** Header, initialization vector and tag of the JWE, and the names of up to four cookies. */
const OVERHEAD_BYTES = 512;

/** Whether a session fits into cookies. */
export function fitsCookies(session: object): boolean {
  return bytesInCookies(session) <= MAX_COOKIE_BYTES;
}

/** @throws AppError SESSION_TOO_LARGE where a session does not fit into cookies */
export function assertFitsCookies(session: object): void {
  if (fitsCookies(session)) return;
  const kilobytes = Math.ceil(bytesInCookies(session) / 1024);
  throw new AppError('SESSION_TOO_LARGE', { values: { kilobytes: String(kilobytes) } });
}

function bytesInCookies(session: object): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(session)) * 4) / 3) + OVERHEAD_BYTES;
}
