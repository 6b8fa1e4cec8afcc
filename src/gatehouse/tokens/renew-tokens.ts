import type { DoorConfig } from '../config/door-config.ts';
import { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';
import { ForeignIdTokenError, verifyIdToken } from '../oidc/id-token.ts';
import type { ProviderClient } from '../oidc/provider-client.ts';
import { resourceParameter } from '../oidc/providers/auth0.ts';
import type { Revocation } from '../oidc/revocation.ts';
import type { CompleteClaims } from '../oidc/user-info.ts';
import type { VerificationParts } from '../oidc/verify-jwt.ts';
import type { Observe } from '../platform/events.ts';
import type { Logger } from '../platform/logger.ts';
import { retried } from '../platform/retry.ts';
import { aboutSession, type KeptToken, type SessionContent } from '../session/session-content.ts';
import type { Session } from '../session/sessions.ts';
import type { AccessTokenOutcome } from './access-token.ts';
import { createTokenEndpoint, type TokenAnswer } from './token-endpoint.ts';
import { findToken, isForAnother, isFresh, keepToken, type Wish } from './token-vault.ts';

const STORE_RETRY_MS = 100;
/** Tokens that cannot be stored within this time are given up. */
const GIVE_UP_MS = 5 * 60_000;

/** A token that has been kept, or what prevented it. */
type Renewed = KeptToken | Exclude<AccessTokenOutcome, { outcome: 'token' }>;
/** Repeats a step for as long as the session store is away. */
type Insist = <R>(step: () => Promise<R>) => Promise<R>;

export interface RenewalParts extends VerificationParts {
  readonly config: Pick<DoorConfig, 'clientId' | 'isAuth0'>;
  readonly provider: ProviderClient;
  readonly revocation: Revocation;
  readonly completeClaims: CompleteClaims;
  readonly log: Logger;
  readonly observe: Observe;
}

export function createRenewTokens(parts: RenewalParts) {
  const { config, provider, revocation, log, observe } = parts;
  const endpoint = createTokenEndpoint(provider, log);

  /** An answer's result after its ID token is checked; one about somebody else ends the session. */
  async function verified({ result, idToken }: TokenAnswer, content: SessionContent): Promise<TokenAnswer['result']> {
    if (result.outcome !== 'tokens' || idToken === undefined) return result;
    try {
      await verifyIdToken(idToken, parts, content.id_token);
      return result;
    } catch (cause) {
      if (!(cause instanceof ForeignIdTokenError)) return { outcome: 'unavailable', cause };
      observe({ event: 'id_token.foreign', claim: cause.claim, ...aboutSession(content) });
      return { outcome: 'refused' };
    }
  }

  /** UserInfo may say now what it did not say at the login; nobody waits for it, and failing does no harm. */
  async function completeLater(session: Session, { access_token }: KeptToken): Promise<void> {
    const { incomplete, id_token } = session.content;
    const completed = incomplete && (await parts.completeClaims({ id_token, access_token }).catch(() => undefined));
    if (!completed || completed.isIncomplete) return;
    await session
      .change((content) => {
        content.claims = completed.claims;
        delete content.incomplete;
      })
      .catch(() => undefined);
  }

  /** Stores an answer in the session before anybody uses what it brings. */
  async function keep(session: Session, wish: Wish, answer: TokenAnswer, insist: Insist): Promise<Renewed> {
    const { refreshToken } = answer;
    const result = await verified(answer, session.content);
    // Without the login's API the session is worthless; another API's refusal leaves it as it is.
    if (result.outcome === 'refused' || (result.outcome === 'interaction needed' && wish.isOfLogin)) {
      await insist(() => session.end());
      observe({ event: 'session.ended', by: 'refresh', ...aboutSession(session.content) });
      return { outcome: 'refused' };
    }
    const given = result.outcome === 'tokens' ? result.tokens : undefined;
    if (result.outcome !== 'tokens' && !refreshToken) return result;
    let token: KeptToken | undefined;
    const isKept = await insist(() =>
      session.change((content) => {
        // The one that it replaces is spent, even if the rest of the answer is of no use.
        if (refreshToken) content.refresh_token = refreshToken;
        if (given && !isForAnother(given.access_token, wish.audience)) token = keepToken(content, wish, given);
      }),
    );
    if (!isKept) {
      // The session was ended meanwhile, and only we have this refresh token.
      if (refreshToken) await revocation.revoke(refreshToken, aboutSession(session.content));
      return { outcome: 'refused' };
    }
    if (token && wish.isOfLogin) void completeLater(session, token);
    return result.outcome === 'tokens' ? (token ?? { outcome: 'audience not granted' }) : result;
  }

  /**
   * Renews the tokens of a session under its lease, unless somebody else has meanwhile. `instead`: the token to
   * replace. It belongs to no request: whoever began it may have given up. `onHeldUp` is called if the session store is
   * away once the provider has answered.
   */
  return (session: Session, wish: Wish, instead: string | undefined, onHeldUp: (error: unknown) => void) => {
    function pauseFor(error: unknown): number | undefined {
      if (!(error instanceof SessionStoreUnavailableError)) return undefined;
      onHeldUp(error);
      return STORE_RETRY_MS;
    }
    const insist: Insist = (step) => retried(step, { deadlineMs: GIVE_UP_MS, pauseFor });

    return session.exclusively<Renewed>(async (isHeld) => {
      if (!(await session.reload())) return { outcome: 'refused' };
      const { content } = session;
      // Somebody else may have renewed it while we waited.
      const kept = findToken(content, wish);
      if (kept && kept.access_token !== instead && isFresh(kept)) return kept;
      if (!content.refresh_token) return { outcome: 'no refresh token' };

      const { audience = '', isOfLogin, scope } = wish;
      // Needless for the login's API; another is named as Auth0's multi-resource refresh tokens need, or by RFC 8707.
      const parameters = isOfLogin ? {} : { [resourceParameter(config.isAuth0)]: audience, ...(scope && { scope }) };
      const answer = await endpoint.refresh(content.refresh_token, parameters, {
        mayStart: isHeld,
        isForced: instead !== undefined,
      });
      const renewed = await keep(session, wish, answer, insist);
      observe({ event: 'renewal.done', outcome: 'outcome' in renewed ? renewed.outcome : 'renewed' });
      const isRefused = 'outcome' in renewed && renewed.outcome === 'audience not granted';
      if (!isRefused || isOfLogin) return renewed;
      const exchanged = await endpoint.exchange(content.access_token ?? '', { audience, ...(scope && { scope }) });
      return exchanged ? keep(session, wish, exchanged, insist) : renewed;
    });
  };
}
