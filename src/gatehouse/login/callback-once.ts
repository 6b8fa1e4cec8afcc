import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import type { Logger } from '../platform/logger.ts';
import type { Redis } from '../platform/redis.ts';
import { withLease } from '../session/lease.ts';
import type { SessionCipher } from '../session/session-cipher.ts';

/** What a finished callback sends to its browser: where to go, and the cookies of the session. */
export interface CallbackAnswer {
  readonly location: string;
  readonly cookies: readonly string[];
}

/**
 * Lets a callback be carried out once, however often it is delivered (double click, a proxy that retries): a code that
 * is presented twice has the provider revoke its tokens. Anyone who presents it again, with its transaction's cookie,
 * gets the same answer.
 */
export interface CallbackOnce {
  /**
   * Whoever comes first works. The others wait and get the same answer, or `failed` where the work threw.
   * @param id the transaction's @throws what `work` throws, SessionStoreUnavailableError
   */
  run(id: string, work: () => Promise<CallbackAnswer>): Promise<CallbackAnswer | 'failed'>;
  /** Stops giving out its answer: somebody has signed out. */
  forget(id: string): Promise<unknown>;
}

/** For how long an answer is kept. */
const REMEMBERED_SECONDS = 30;
/** The claim of a process that died passes after this. Others wait twice as long: more than a slow provider takes. */
const CLAIM_MS = 6000;

/** Within this process. */
export function callbackOnceInMemory(): CallbackOnce {
  const answers = new Map<string, Promise<CallbackAnswer>>();
  return {
    run: async (id, work) => {
      const earlier = answers.get(id);
      if (earlier) return earlier.catch(() => 'failed' as const);
      const answer = work();
      answers.set(id, answer);
      const forgetLater = () => setTimeout(() => answers.delete(id), REMEMBERED_SECONDS * 1000).unref();
      answer.then(forgetLater, forgetLater);
      return answer;
    },
    forget: async (id) => answers.delete(id),
  };
}

/** Among all processes. Answers are sealed: they carry the session's cookie. */
export function callbackOnceInRedis(client: Redis, cipher: SessionCipher, log: Logger): CallbackOnce {
  // The answer is on the same cluster node as the claim, which is released right after it: nobody waits for either.
  const keyOf = (id: string) => `gatehouse:callback-answer:{${id}}`;

  function keep(key: string, answer: CallbackAnswer | 'failed'): void {
    const expiration = { type: 'EX', value: REMEMBERED_SECONDS } as const;
    client.set(key, cipher.seal(JSON.stringify(answer), key), { expiration }).catch((error: Error) => {
      log.warn({ reason: error.message }, 'a callback was not noted');
    });
  }

  function answerOf(kept: string, key: string): CallbackAnswer | 'failed' {
    const opened = cipher.open(kept, key);
    // If it does not open, somebody has changed it. The code may be spent, so nobody works again.
    return opened ? (JSON.parse(opened.toString()) as CallbackAnswer | 'failed') : 'failed';
  }

  return {
    run: async (id, work) => {
      const key = keyOf(id);
      const carryOut = async (isHeld: () => boolean, waitedMs: number) => {
        const kept = await (waitedMs > 0 ? client.get(key) : early);
        if (kept !== null) return answerOf(kept, key);
        if (!isHeld()) throw new SessionStoreUnavailableError(new Error('the claim on a callback was lost'));
        try {
          const answer = await work();
          keep(key, answer);
          return answer;
        } catch (error) {
          keep(key, 'failed');
          throw error;
        }
      };
      const carriedOut = withLease(client, `gatehouse:callback:{${id}}`, carryOut, CLAIM_MS);
      // Sent together with the lease, right after it.
      const early = client.get(key);
      early.catch(() => undefined);
      return carriedOut;
    },
    forget: (id) => client.del([keyOf(id)]),
  };
}
