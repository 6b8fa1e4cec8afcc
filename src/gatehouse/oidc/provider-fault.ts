import { jitter } from '../platform/retry.ts';

/** A provider that names an hour may mean it, but nobody's mistake shall keep us away for longer than this. */
const MAX_RETRY_AFTER_SECONDS = 30;

/** What kind of trouble a request to the OpenID provider met. */
export interface ProviderFault {
  /** Not reached, or in trouble itself; no answer in time; too many requests; an answer that makes no sense. */
  readonly kind: 'away' | 'slow' | 'busy' | 'nonsense';
  /** Where the provider said when to come back. */
  readonly retryAfterSeconds?: number;
}

/** Reads an error that openid-client threw. OAuth errors, which are answers, are not told from nonsense here. */
export function providerFault(error: unknown): ProviderFault {
  const { code, cause, response } = error as { code?: unknown; cause?: unknown; response?: unknown };
  const answer = [response, cause].find((part) => part instanceof Response);
  if (answer) {
    const seconds = retryAfter(answer.headers.get('retry-after'));
    const later = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    if (answer.status === 429) return { kind: 'busy', ...later };
    if (answer.status >= 500) return { kind: 'away', ...later };
    return { kind: 'nonsense' };
  }
  if (code === 'OAUTH_TIMEOUT') return { kind: 'slow' };
  const isNetworkFault = error instanceof TypeError && error.message === 'fetch failed';
  return { kind: isNetworkFault ? 'away' : 'nonsense' };
}

/** For `retried`: only what may pass by itself is tried again, at the time that the provider names. */
export function pauseForFault(error: unknown): number | 'backoff' | undefined {
  const { kind, retryAfterSeconds } = providerFault(error);
  if (kind !== 'away' && kind !== 'busy') return undefined;
  return retryAfterSeconds === undefined ? 'backoff' : retryAfterSeconds * 1000;
}

/** A `Retry-After` as we keep to it: capped, and a little later, so that not all come back at once. */
export function withinReason(retryAfterSeconds: number): number {
  return Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS) * jitter(0.2);
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3): a number, or a date. At least one: "now" would be a storm. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Math.max(1, Number(header));
  const at = /GMT$/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(1, Math.ceil((at - Date.now()) / 1000));
}
