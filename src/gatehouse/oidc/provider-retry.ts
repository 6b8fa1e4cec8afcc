import { retried } from '../platform/retry.ts';
import { providerFault, withinReason } from './provider-fault.ts';

/** For how long a request is tried again: a person waits for what comes of it. */
const RETRY_MS = 1500;
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * Runs requests to the provider. What may pass by itself is tried again, at the time that the provider names; once it
 * has said 429, no request goes out before the time that it named.
 */
export function createProviderRetry({ now = Date.now }: { now?: () => number } = {}) {
  let closedUntil = 0;

  async function attempt<T>(request: () => Promise<T>): Promise<T> {
    const secondsClosed = (closedUntil - now()) / 1000;
    if (secondsClosed > 0) throw tooManyRequests(secondsClosed);
    try {
      return await request();
    } catch (error) {
      const { kind, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = providerFault(error);
      if (kind === 'busy') closedUntil = now() + withinReason(retryAfterSeconds) * 1000;
      throw error;
    }
  }

  return <T>(request: () => Promise<T>) => retried(() => attempt(request), { deadlineMs: RETRY_MS, pauseFor });
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
