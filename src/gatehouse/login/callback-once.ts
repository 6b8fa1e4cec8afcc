import { setTimeout } from 'node:timers/promises';
import type { Redis } from '../platform/redis.ts';
import { ask } from '../session/errors.ts';
import type { SessionCipher } from '../session/session-cipher.ts';

/** What a finished callback sent to its browser: where to go, and the cookies of the session. */
export interface CallbackAnswer {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** A callback that was claimed already, and what came of it; `failed` where it ended on an error. */
export type Claim = 'ours' | 'failed' | CallbackAnswer;

/**
 * Lets a callback be carried out once, however often it is delivered (double click, a proxy that retries): a code
 * that is presented twice has the provider revoke its tokens. Whoever brings it again, with the cookie of its
 * transaction, gets the same answer.
 */
export interface CallbackOnce {
  /**
   * `ours`: go on, and `finish`. Else waits for whoever has claimed it.
   * @param id the transaction's @throws SessionStoreUnavailableError
   */
  claim(id: string): Promise<Claim>;
  finish(id: string, answer: CallbackAnswer | undefined): Promise<void>;
  /** Its answer is given to nobody any more: somebody has signed out. */
  forget(id: string): Promise<void>;
}

/** For how long an answer is kept. */
const REMEMBERED_SECONDS = 30;
/** A claim is renewed while its callback goes on; that of a process that died passes soon. */
const CLAIM_SECONDS = 5;
const RENEW_MS = 1500;
const POLL_MS = 50;

/** Within this process. */
export function callbackOnceInMemory(): CallbackOnce {
  const claims = new Map<string, { done: Promise<Claim>; finish: (claim: Claim) => void }>();
  return {
    claim: async (id) => {
      const claimed = claims.get(id);
      if (claimed) return claimed.done;
      let finish: (claim: Claim) => void = () => {};
      const done = new Promise<Claim>((resolve) => {
        finish = resolve;
      });
      claims.set(id, { done, finish });
      void setTimeout(REMEMBERED_SECONDS * 1000, undefined, { ref: false }).then(() => {
        finish('failed');
        claims.delete(id);
      });
      return 'ours';
    },
    finish: async (id, answer) => claims.get(id)?.finish(answer ?? 'failed'),
    forget: async (id) => void claims.delete(id),
  };
}

/** Among all processes. Answers are sealed: they carry the session's cookie. */
export function callbackOnceInRedis(client: Redis, cipher: SessionCipher): CallbackOnce {
  const keyOf = (id: string) => `gatehouse:callback:${id}`;
  const ours = new Map<string, NodeJS.Timeout>();
  const forSeconds = (value: number) => ({ expiration: { type: 'EX', value } as const });

  function keepClaimed(id: string): void {
    const endsAt = performance.now() + REMEMBERED_SECONDS * 1000;
    const renewing = setInterval(() => {
      if (performance.now() > endsAt) clearInterval(renewing);
      else client.set(keyOf(id), 'claimed', forSeconds(CLAIM_SECONDS)).catch(() => undefined);
    }, RENEW_MS);
    ours.set(id, renewing.unref());
  }

  return {
    claim: async (id) => {
      const key = keyOf(id);
      for (;;) {
        const claimed = await ask(client.set(key, 'claimed', { condition: 'NX', ...forSeconds(CLAIM_SECONDS) }));
        if (claimed !== null) {
          keepClaimed(id);
          return 'ours';
        }
        const value = await ask(client.get(key));
        if (value === 'failed') return 'failed';
        if (value !== null && value !== 'claimed') {
          return JSON.parse(cipher.open(value, key)) as CallbackAnswer;
        }
        await setTimeout(POLL_MS);
      }
    },
    finish: async (id, answer) => {
      clearInterval(ours.get(id));
      ours.delete(id);
      const value = answer ? cipher.seal(JSON.stringify(answer), keyOf(id)) : 'failed';
      await ask(client.set(keyOf(id), value, forSeconds(REMEMBERED_SECONDS)));
    },
    forget: async (id) => {
      await ask(client.del([keyOf(id)]));
    },
  };
}
