import { retried } from '../platform/retry.ts';
import { providerFault, withinReason } from './provider-fault.ts';

/** For how long a request is tried again: a person waits for what comes of it. */
const RETRY_MS = 1500;
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/** More would make an outage of the provider worse. */
const ATTEMPTS = 3;
/** For so long everybody knows of a failure, and tries no more than once. */
const KNOWN_MS = 1000;

/**
 * Runs requests to the provider. What may pass by itself is tried again, at the time that the provider names, up to three
 * times; while it is known to fail, once. When it has said 429, no request goes out before the time that it named;
 * `isForced`: nobody needs it, and what it meets closes no gate for others.
 */
export function createProviderRetry({ now = Date.now }: { now?: () => number } = {}) {
  let closedUntil = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function attempt<T>(request: () => Promise<T>, isForced: boolean): Promise<T> {
    const secondsClosed = (closedUntil - now()) / 1000;
    if (secondsClosed > 0) throw tooManyRequests(secondsClosed);
    try {
      const answer = await request();
      failedAt = Number.NEGATIVE_INFINITY;
      return answer;
    } catch (error) {
      const { kind, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = providerFault(error);
      if (kind === 'busy' && !isForced) closedUntil = now() + withinReason(retryAfterSeconds) * 1000;
      throw error;
    }
  }

  return <T>(request: () => Promise<T>, { isForced = false } = {}): Promise<T> => {
    let left = isForced || now() - failedAt < KNOWN_MS ? 1 : ATTEMPTS;
    const pauseForNext = (error: unknown) => {
      const pause = pauseFor(error);
      if (pause !== undefined && !isForced) failedAt = now();
      return (left -= 1) > 0 ? pause : undefined;
    };
    return retried(() => attempt(request, isForced), { deadlineMs: RETRY_MS, pauseFor: pauseForNext });
  };
}

function pauseFor(error: unknown): number | 'backoff' | undefined {
  const { kind, retryAfterSeconds } = providerFault(error);
  if (kind !== 'away' && kind !== 'busy') return undefined;
  return retryAfterSeconds === undefined ? 'backoff' : retryAfterSeconds * 1000;
}

/** As the provider itself would have said it. */
function tooManyRequests(seconds: number): Error {
  const response = new Response(null, { status: 429, headers: { 'retry-after': String(Math.ceil(seconds)) } });
  return Object.assign(new Error('the provider asked for a pause'), { response });
}
