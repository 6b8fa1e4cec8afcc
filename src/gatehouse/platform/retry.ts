import { setTimeout } from 'node:timers/promises';

const FIRST_PAUSE_MS = 100;

/**
 * `work`, tried again as long as the next attempt would begin within `deadlineMs`; attempts are not cut off. `pauseFor`
 * says what to do about an error: `undefined` gives up, `'backoff'` waits 100 ms, then twice that and so on, a number
 * waits that many ms. Pauses are lengthened at random by up to half, so that many who failed together do not come back
 * together. Rejects with the last error.
 */
export async function retried<T>(
  work: () => Promise<T>,
  options: { deadlineMs: number; pauseFor: (error: unknown) => number | 'backoff' | undefined },
): Promise<T> {
  const endsAt = performance.now() + options.deadlineMs;
  for (let backoff = FIRST_PAUSE_MS; ; backoff *= 2) {
    try {
      return await work();
    } catch (error) {
      const wanted = options.pauseFor(error);
      if (wanted === undefined) throw error;
      const pause = (wanted === 'backoff' ? backoff : wanted) * jitter(0.5);
      if (performance.now() + pause > endsAt) throw error;
      await setTimeout(pause);
    }
  }
}

/** A factor between 1 and 1 + `most`. */
export function jitter(most: number): number {
  return 1 + Math.random() * most;
}
