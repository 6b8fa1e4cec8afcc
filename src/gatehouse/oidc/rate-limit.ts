import { providerFault, withinReason } from './provider-fault.ts';

const DEFAULT_RETRY_AFTER_SECONDS = 1;

/** Runs requests to the provider; once it has said 429, none goes out before the time that it named. */
export type RateLimit = <T>(request: () => Promise<T>) => Promise<T>;

export function createRateLimit({ now = Date.now }: { now?: () => number } = {}): RateLimit {
  let closedUntil = 0;
  return async (request) => {
    const secondsClosed = (closedUntil - now()) / 1000;
    if (secondsClosed > 0) throw tooManyRequests(secondsClosed);
    try {
      return await request();
    } catch (error) {
      const { kind, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = providerFault(error);
      if (kind === 'busy') closedUntil = now() + withinReason(retryAfterSeconds) * 1000;
      throw error;
    }
  };
}

/** As the provider itself would have said it. */
function tooManyRequests(seconds: number): Error {
  const headers = { 'retry-after': String(Math.ceil(seconds)) };
  const response = new Response(null, { status: 429, headers });
  return Object.assign(new Error('the provider asked for a pause'), { response });
}
