import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { retried } from '../platform/retry.ts';

const RETRY_MS = 100;
/** Tokens that cannot be stored for so long are given up. */
const GIVE_UP_MS = 5 * 60_000;

/** Does a step however often it takes while the session store is away. */
export type Insist = <R>(step: () => Promise<R>) => Promise<R>;

/**
 * Work that goes on by itself, until it is `done`; those who asked for it wait for its `answer` as long as they care to.
 * That rejects with SessionStoreUnavailableError as soon as the work is held up by it.
 */
export function startRenewal<T>(work: (insist: Insist) => Promise<T>) {
  let tellTrouble: (error: unknown) => void = () => {};
  const trouble = new Promise<never>((_resolve, reject) => (tellTrouble = reject));

  function pauseFor(error: unknown): number | undefined {
    if (!(error instanceof SessionStoreUnavailableError)) return undefined;
    tellTrouble(error);
    return RETRY_MS;
  }

  const done = work((step) => retried(step, { deadlineMs: GIVE_UP_MS, pauseFor }));
  const answer = Promise.race([done, trouble]);
  answer.catch(() => undefined); // told to those who wait
  return { done, answer };
}
