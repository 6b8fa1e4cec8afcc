import { createHash } from 'node:crypto';
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
 * Lets a callback be carried out once, however often it is delivered (double click, two proxies that retry): a code
 * that is presented twice has the provider revoke its tokens. Whoever brings it again with the same cookie gets the
 * same answer.
 */
export interface CallbackOnce {
  /** `ours`: go on, and `finish`. Else waits for whoever has claimed it. @throws SessionStoreUnavailableError */
  claim(transactionCookie: string): Promise<Claim>;
  finish(transactionCookie: string, answer: CallbackAnswer | undefined): Promise<void>;
}

/** As long as the slowest token request, and then some; also for how long an answer is kept. */
const REMEMBERED_SECONDS = 30;
const POLL_MS = 50;

/** Within this process. */
export function callbackOnceInMemory(): CallbackOnce {
  const claims = new Map<string, { done: Promise<Claim>; finish: (claim: Claim) => void }>();
  return {
    claim: async (cookie) => {
      const claimed = claims.get(cookie);
      if (claimed) return claimed.done;
      let finish: (claim: Claim) => void = () => {};
      const done = new Promise<Claim>((resolve) => {
        finish = resolve;
      });
      claims.set(cookie, { done, finish });
      void setTimeout(REMEMBERED_SECONDS * 1000, undefined, { ref: false }).then(() => {
        finish('failed');
        claims.delete(cookie);
      });
      return 'ours';
    },
    finish: async (cookie, answer) => claims.get(cookie)?.finish(answer ?? 'failed'),
  };
}

/** Among all processes. Answers are sealed: they carry the session's cookie. */
export function callbackOnceInRedis(client: Redis, cipher: SessionCipher): CallbackOnce {
  const keyOf = (cookie: string) =>
    `gatehouse:callback:${createHash('sha256').update(cookie).digest('base64url')}`;
  const expiration = { type: 'EX', value: REMEMBERED_SECONDS } as const;
  return {
    claim: async (cookie) => {
      const key = keyOf(cookie);
      if ((await ask(client.set(key, 'claimed', { condition: 'NX', expiration }))) !== null) return 'ours';
      for (;;) {
        const value = await ask(client.get(key));
        if (value === null || value === 'failed') return 'failed';
        if (value !== 'claimed') return JSON.parse(cipher.open(value, key)) as CallbackAnswer;
        await setTimeout(POLL_MS);
      }
    },
    finish: async (cookie, answer) => {
      const key = keyOf(cookie);
      const value = answer ? cipher.seal(JSON.stringify(answer), key) : 'failed';
      await ask(client.set(key, value, { expiration }));
    },
  };
}
