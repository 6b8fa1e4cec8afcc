import { setTimeout } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../session/errors.ts';

const RETRY_MS = 100;
/** Tokens that cannot be stored for so long are given up. */
const GIVE_UP_MS = 5 * 60_000;

/** Work that goes on by itself; those who asked for it wait only as long as they care to. */
export interface Renewal<T> {
  /** Settles when the work is done. */
  readonly done: Promise<T>;
  /** The result, or `late` after `ms`. @throws SessionStoreUnavailableError as soon as the work is held up by it */
  within(ms: number, late: T): Promise<T>;
}

/** Does a step however often it takes while the session store is away. */
export type Insist = <R>(step: () => Promise<R>) => Promise<R>;

export function startRenewal<T>(work: (insist: Insist) => Promise<T>): Renewal<T> {
  let tellTrouble: (error: unknown) => void = () => {};
  const trouble = new Promise<never>((_resolve, reject) => {
    tellTrouble = reject;
  });
  trouble.catch(() => undefined);

  const insist: Insist = async (step) => {
    const givesUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof SessionStoreUnavailableError) || performance.now() > givesUpAt) throw error;
        tellTrouble(error);
        await setTimeout(RETRY_MS);
      }
    }
  };
  const done = work(insist);
  done.catch(() => undefined); // told to those who wait
  return {
    done,
    within: async (ms, late) => {
      const abort = new AbortController();
      const timer = setTimeout(ms, late, { signal: abort.signal });
      timer.catch(() => undefined);
      try {
        return await Promise.race([done, trouble, timer]);
      } finally {
        abort.abort();
      }
    },
  };
}
