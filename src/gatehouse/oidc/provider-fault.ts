import { setTimeout } from 'node:timers/promises';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { jitter, retried } from '../platform/retry.ts';

/** A provider that names an hour may mean it, but no mistake must keep us away for longer than this. */
const MAX_RETRY_AFTER_SECONDS = 30;
/** OAuth errors that are temporary, whatever the status of the answer. */
const PASSING = new Set<unknown>(['temporarily_unavailable', 'server_error', 'slow_down']);
/** How long a request is tried again: a person is waiting for it. */
const RETRY_MS = 1500;
const DEFAULT_RETRY_AFTER_SECONDS = 1;
/** More would make an outage of the provider worse. */
const ATTEMPTS = 3;
/** How long a failure counts as known, so that everybody tries only once. */
const KNOWN_MS = 1000;
/** So that those who waited do not all come back at one moment. */
const SPREAD_MS = 200;
const CODES = {
  away: 'PROVIDER_UNAVAILABLE',
  slow: 'PROVIDER_TIMEOUT',
  busy: 'RATE_LIMITED',
  nonsense: 'PROVIDER_UNREADABLE',
} as const;

/** What kind of trouble a request to the OpenID provider met. */
export interface ProviderFault {
  /** Not reached, or in trouble itself; no answer in time; too many requests; an answer that makes no sense. */
  readonly kind: 'away' | 'slow' | 'busy' | 'nonsense';
  /** Set if the provider said when to come back. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Thrown when the OpenID provider cannot be asked: unreachable, silent, overrun or answering nonsense. */
export class ProviderUnavailableError extends CatalogueError {
  readonly fault: ProviderFault;

  constructor(cause: unknown, options: { fault?: ProviderFault; action?: { label: string; href: string } } = {}) {
    const { fault = providerFault(cause), action } = options;
    super(CODES[fault.kind], { cause, action, retryAfterSeconds: fault.retryAfterSeconds });
    this.fault = fault;
  }
}

/**
 * What an error of openid-client, of fetch or of ours says about the provider. Other OAuth errors are answers, but are
 * not told from nonsense here.
 */
export function providerFault(thrown: unknown): ProviderFault {
  if (thrown instanceof ProviderUnavailableError) return thrown.fault;
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

/** A `Retry-After` as we obey it: capped, and a little later, so that not all come back at once. */
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

/**
 * Runs requests to the provider. Temporary failures are tried again, when the provider says, up to three times in all:
 * by whoever met them first, while the others wait for the outcome. Whoever comes while it is known to fail tries once.
 * After a 429 no request goes out before the time that it named. `isForced`: nobody needs it; it is tried once, and its
 * failure holds up nobody else.
 */
export function createProviderRetry({ now = Date.now }: { now?: () => number } = {}) {
  let closedUntil = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  /** Set while somebody tries again. */
  let trial: Promise<unknown> | undefined;

  async function attempt<T>(request: () => Promise<T>, isForced: boolean): Promise<T> {
    const secondsClosed = (closedUntil - now()) / 1000;
    if (secondsClosed > 0) {
      const fault: ProviderFault = { kind: 'busy', retryAfterSeconds: Math.ceil(secondsClosed) };
      throw new ProviderUnavailableError(new Error('the provider asked for a pause'), { fault });
    }
    try {
      const answer = await request();
      failedAt = Number.NEGATIVE_INFINITY;
      return answer;
    } catch (error) {
      const { kind, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = providerFault(error);
      if (!isForced && pauseFor(error) !== undefined) failedAt = now();
      if (!isForced && kind === 'busy') closedUntil = now() + withinReason(retryAfterSeconds) * 1000;
      throw error;
    }
  }

  return async <T>(request: () => Promise<T>, { isForced = false } = {}): Promise<T> => {
    const isLast = isForced || now() - failedAt < KNOWN_MS;
    const once = () => attempt(request, isForced);
    try {
      return await once();
    } catch (error) {
      if (isLast || pauseFor(error) === undefined) throw error;
      if (trial) {
        await trial.catch(() => {
          throw error;
        });
        await setTimeout(Math.random() * SPREAD_MS);
        return once();
      }
      let left = ATTEMPTS;
      const again = retried(() => (left === ATTEMPTS ? Promise.reject(error as Error) : once()), {
        deadlineMs: RETRY_MS,
        pauseFor: (met) => ((left -= 1) > 0 ? pauseFor(met) : undefined),
      }).finally(() => (trial = undefined));
      trial = again;
      return again;
    }
  };
}

function pauseFor(error: unknown): number | 'backoff' | undefined {
  const { kind, retryAfterSeconds } = providerFault(error);
  if (kind !== 'away' && kind !== 'busy') return undefined;
  return retryAfterSeconds === undefined ? 'backoff' : retryAfterSeconds * 1000;
}
