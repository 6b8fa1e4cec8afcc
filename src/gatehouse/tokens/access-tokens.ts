import { setTimeout } from 'node:timers/promises';
import type { DoorConfig } from '../config/door-config.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { ProviderUnavailableError } from '../oidc/provider-fault.ts';
import { aboutSession, type KeptToken } from '../session/session-content.ts';
import type { Session } from '../session/sessions.ts';
import type { AccessTokenOutcome, AccessTokenRequest } from './access-token.ts';
import { createRenewTokens, type RenewalParts } from './renew-tokens.ts';
import { asAccessToken, findToken, isForAnother, isFresh, secondsLeft, wasAskedFor, type Wish } from './token-vault.ts';

/** How long a person would wait for a page. */
const PATIENCE_MS = 2000;
const TOO_SLOW: AccessTokenOutcome = {
  outcome: 'unavailable',
  cause: new ProviderUnavailableError(new Error(`no answer from the token endpoint within ${PATIENCE_MS} ms`), {
    fault: { kind: 'slow' },
  }),
};
/** After a forced renewal a token is not renewed again for a moment, and not more often than this. */
const FORCED_PAUSE_MS = 2000;
const FORCED_A_MINUTE = 10;
const NOT_GRANTED: AccessTokenOutcome = { outcome: 'audience not granted' };
/** An audience that was not granted is not asked for again for a while. */
const NOT_GRANTED_MS = 60_000;

/** Somebody insisted on a new token: when, epoch ms, and what came of it. */
interface ForcedRenewal {
  readonly at: number;
  token: string | undefined;
}

export function createAccessTokens(parts: RenewalParts & { readonly config: Pick<DoorConfig, 'audience' | 'scopes'> }) {
  const { config, observe } = parts;
  const renewTokens = createRenewTokens(parts);
  const renewals = new Map<string, { session: Session; done: Promise<unknown>; answer: Promise<AccessTokenOutcome> }>();
  /** A session's forced renewals of the last minute. */
  const forced = new Map<string, ForcedRenewal[]>();
  /** Until when, epoch ms. */
  const notGranted = new Map<string, number>();

  function served(token: KeptToken, wish: Wish, session: Session): Extract<AccessTokenOutcome, { outcome: 'token' }> {
    const asked = wish.isOfLogin ? config.scopes.join(' ') : wish.scope;
    return { outcome: 'token', token: asAccessToken(token, asked, session.content.refresh_token) };
  }

  const keyOf = (session: Session, wish: Wish, instead?: string) =>
    JSON.stringify([session.name, wish.audience, wish.scope, instead]);

  /**
   * One renewal at a time for the same wish of the same session. It goes on until it is `done`; those who asked for it
   * wait for its `answer`, which rejects as soon as the work is held up by the session store.
   */
  function renewOnce(session: Session, wish: Wish, instead: string | undefined) {
    const key = keyOf(session, wish, instead);
    const running = renewals.get(key);
    if (running) {
      observe({ event: 'renewal.joined' });
      return running;
    }
    let onHeldUp: (error: unknown) => void = () => {};
    const heldUp = new Promise<never>((_resolve, reject) => (onHeldUp = reject));
    const done = renewTokens(session, wish, instead, onHeldUp)
      .then((renewed) => ('access_token' in renewed ? served(renewed, wish, session) : renewed))
      .finally(() => renewals.delete(key));
    const answer = Promise.race([done, heldUp]);
    answer.catch(() => undefined); // told to those who wait
    const started = { session, done, answer };
    renewals.set(key, started);
    return started;
  }

  /**
   * Notes a forced renewal, or returns what to give instead where nobody needs one: so nobody can block others'
   * refreshes by forcing them without end.
   */
  function force(session: Session, token: KeptToken, wish: Wish): ForcedRenewal | AccessTokenOutcome {
    const { name } = session;
    const since = Date.now() - 60_000;
    for (const [other, attempts] of forced) if ((attempts.at(-1)?.at ?? 0) < since) forced.delete(other);
    const attempts = (forced.get(name) ?? []).filter(({ at }) => at >= since);
    const brought = attempts.find(({ token: its }) => its === token.access_token);
    if (brought && Date.now() - brought.at < FORCED_PAUSE_MS) return served(token, wish, session);
    const [first] = attempts;
    if (first && attempts.length >= FORCED_A_MINUTE) {
      observe({ event: 'request.limited', limit: 'renewal', ...aboutSession(session.content) });
      return { outcome: 'too often', retryAfterSeconds: 1 + Math.floor((first.at - since) / 1000) };
    }
    const attempt: ForcedRenewal = { at: Date.now(), token: undefined };
    forced.set(name, [...attempts, attempt]);
    return attempt;
  }

  return {
    /**
     * A token of a session: from the session, else renewed by its refresh token (RFC 6749 section 6), once for however
     * many requests, tabs and processes ask. Waits two seconds at most; a renewal that takes longer goes on, and what
     * it brings is there for the next request. A token that is still valid is served where none can be renewed, unless
     * `forceRefresh` asks for another; that is heeded once in two seconds, and ten times a minute.
     * @throws SessionStoreUnavailableError
     */
    get: async (session: Session, request: AccessTokenRequest = {}): Promise<AccessTokenOutcome> => {
      const { audience = config.audience, scope = '', forceRefresh = false } = request;
      const isOfLogin = audience === config.audience;
      const wish: Wish = { audience, isOfLogin, scope: scope.split(' ').sort().join(' ') };
      if (isOfLogin && !wasAskedFor(scope, config.scopes, session.content)) {
        return { outcome: 'scope not granted' };
      }
      const token = findToken(session.content, wish);
      if (token && isForAnother(token.access_token, audience)) return NOT_GRANTED;
      if (token && !forceRefresh && isFresh(token)) return served(token, wish, session);
      const lives = token && !forceRefresh && secondsLeft(token) > 0;
      const lastResort = lives ? served(token, wish, session) : undefined;
      if (session.content.refresh_token === undefined) return lastResort ?? { outcome: 'no refresh token' };

      const refusedKey = keyOf(session, wish);
      if (Date.now() < (notGranted.get(refusedKey) ?? 0)) return lastResort ?? NOT_GRANTED;
      // A token that is due is renewed anyway, whether or not it is forced.
      const unneeded = token && isFresh(token) ? token : undefined;
      const isUnderWay = renewals.has(keyOf(session, wish, unneeded?.access_token));
      const attempt = unneeded && !isUnderWay ? force(session, unneeded, wish) : undefined;
      if (attempt && 'outcome' in attempt) return attempt;
      const running = renewOnce(session, wish, unneeded?.access_token);
      const tooSlow = setTimeout(PATIENCE_MS, TOO_SLOW, { ref: false });
      const outcome = await Promise.race([running.answer, tooSlow]).catch((error: unknown) => {
        if (lastResort && error instanceof SessionStoreUnavailableError) return lastResort;
        throw error;
      });
      session.follow(running.session);
      if (attempt && outcome.outcome === 'token') attempt.token = outcome.token.value;
      if (outcome.outcome === 'audience not granted') {
        notGranted.set(refusedKey, Date.now() + NOT_GRANTED_MS);
        for (const [key, until] of notGranted) if (until < Date.now()) notGranted.delete(key);
      }
      const isFinal = outcome.outcome === 'token' || outcome.outcome === 'refused';
      return isFinal ? outcome : (lastResort ?? outcome);
    },
    /** Resolves when no renewal is under way. */
    settled: async (): Promise<void> => {
      await Promise.allSettled([...renewals.values()].map(({ done }) => done));
    },
  };
}
