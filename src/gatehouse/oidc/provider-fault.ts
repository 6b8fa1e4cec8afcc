import { jitter } from '../platform/retry.ts';

/** A provider that names an hour may mean it, but nobody's mistake shall keep us away for longer than this. */
const MAX_RETRY_AFTER_SECONDS = 30;
/** OAuth errors that pass by themselves, whatever the status of the answer. */
const PASSING = new Set<unknown>(['temporarily_unavailable', 'server_error', 'slow_down']);

/** What kind of trouble a request to the OpenID provider met. */
export interface ProviderFault {
  /** Not reached, or in trouble itself; no answer in time; too many requests; an answer that makes no sense. */
  readonly kind: 'away' | 'slow' | 'busy' | 'nonsense';
  /** Where the provider said when to come back. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Reads an error of openid-client or of fetch. Other OAuth errors, which are answers, are not told from nonsense here. */
export function providerFault(thrown: unknown): ProviderFault {
  const { code, name, cause, response, error } = thrown as Readonly<Record<string, unknown>>;
  const answer = [response, cause].find((part) => part instanceof Response);
  if (answer) {
    const isBusy = answer.status === 429;
    if (!isBusy && answer.status < 500 && !PASSING.has(error)) return { kind: 'nonsense' };
    return { kind: isBusy ? 'busy' : 'away', retryAfterSeconds: retryAfter(answer.headers.get('retry-after')) };
  }
  if (code === 'OAUTH_TIMEOUT' || name === 'TimeoutError' || name === 'AbortError') return { kind: 'slow' };
  const isNetworkFault = thrown instanceof TypeError && thrown.message === 'fetch failed';
  return { kind: isNetworkFault ? 'away' : 'nonsense' };
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
