import type { DoorConfig } from '../config/door-config.ts';
import { ForeignIdTokenError, verifyIdToken } from '../oidc/id-token.ts';
import { providerFault } from '../oidc/provider-fault.ts';
import type { Revocation } from '../oidc/revocation.ts';
import type { VerificationParts } from '../oidc/verify-jwt.ts';
import type { Logger } from '../platform/logger.ts';
import type { KeptToken, SessionContent } from '../session/session-content.ts';
import type { Session } from '../session/sessions.ts';
import { type AccessTokenOutcome, refusalOf } from './outcome.ts';
import type { Insist } from './renewal.ts';
import type { TokenAnswer, TokenEndpoint } from './token-endpoint.ts';
import { findToken, isForAnother, isFresh, keepToken, type Wish } from './token-vault.ts';

/** A token that is kept now, or what stood in the way. */
type Renewed = KeptToken | Exclude<AccessTokenOutcome, { outcome: 'token' }>;

export type RenewTokens = ReturnType<typeof createRenewTokens>;

export function createRenewTokens(
  parts: VerificationParts & {
    readonly config: Pick<DoorConfig, 'isAuth0'>;
    readonly endpoint: TokenEndpoint;
    readonly revocation: Revocation;
    readonly log: Logger;
  },
) {
  const { config, endpoint, revocation, log } = parts;

  /** What an answer is worth by its ID token; that of somebody else ends the session. */
  async function verified(answer: TokenAnswer, original: string): Promise<TokenAnswer> {
    if (answer.outcome !== 'tokens' || answer.idToken === undefined) return answer;
    try {
      await verifyIdToken(answer.idToken, parts, original);
      return answer;
    } catch (cause) {
      if (cause instanceof ForeignIdTokenError) {
        const about = { security: 'foreign_id_token', claim: cause.claim };
        log.error(about, 'session ended: a refresh brought an ID token of another');
        return { outcome: 'refused' };
      }
      return { outcome: 'unavailable', fault: providerFault(cause), cause, refreshToken: answer.refreshToken };
    }
  }

  /** Makes an answer the session's. What it brings is kept before anybody uses it. */
  async function keep(session: Session, wish: Wish, unverified: TokenAnswer, insist: Insist): Promise<Renewed> {
    /** False where the session was ended meanwhile. */
    async function change(refreshToken: string | undefined, work: (content: SessionContent) => void = () => {}) {
      const isKept = await insist(() =>
        session.change((content) => {
          if (refreshToken) content.refresh_token = refreshToken;
          work(content);
        }),
      );
      // Nobody has this refresh token but us.
      if (!isKept && refreshToken) await revocation.revoke(refreshToken);
      return isKept;
    }

    const answer = await verified(unverified, session.content.id_token);
    switch (answer.outcome) {
      case 'tokens': {
        const isForUs = !isForAnother(answer.tokens.access_token, wish.audience);
        let token: KeptToken | undefined;
        const isKept = await change(answer.refreshToken, (content) => {
          if (isForUs) token = keepToken(content, wish, answer.tokens);
        });
        return isKept ? (token ?? refusalOf(wish)) : { outcome: 'refused' };
      }
      case 'unavailable': {
        const { refreshToken, ...unavailable } = answer;
        // The one that it replaces is spent.
        if (refreshToken && !(await change(refreshToken))) return { outcome: 'refused' };
        return unavailable;
      }
      case 'not granted':
        return refusalOf(wish);
      case 'interaction needed':
      case 'refused':
        // Without its own API the session is worth nothing; another one leaves it as it is.
        if (answer.outcome === 'interaction needed' && !wish.isOfLogin) return answer;
        await insist(() => session.end());
        return { outcome: 'refused' };
    }
  }

  /**
   * Renews the tokens of a session under its lease, unless somebody else has meanwhile. `instead`: the token that is no
   * good. Belongs to no request: whoever began it may have given up.
   */
  return (session: Session, wish: Wish, instead: string | undefined, insist: Insist) =>
    session.exclusively<Renewed>(async (isHeld) => {
      if (!(await session.reload())) return { outcome: 'refused' };
      const { content } = session;
      // Somebody else may have renewed it while we waited.
      const kept = findToken(content, wish);
      if (kept && kept.access_token !== instead && isFresh(kept)) return kept;
      if (!content.refresh_token) return { outcome: 'no refresh token' };

      const parameters = parametersFor(wish, config.isAuth0);
      const answer = await endpoint.refresh(content.refresh_token, parameters, isHeld);
      const renewed = await keep(session, wish, answer, insist);
      const isRefused = 'outcome' in renewed && renewed.outcome === 'audience not granted';
      if (!isRefused || wish.isOfLogin) return renewed;
      const { audience = '', scope } = wish;
      const exchanged = await endpoint.exchange(content.access_token ?? '', { audience, ...(scope && { scope }) });
      return exchanged ? keep(session, wish, exchanged, insist) : renewed;
    });
}

/** How a refresh names another API: Auth0's multi-resource refresh tokens, or RFC 8707. */
function parametersFor({ audience, isOfLogin, scope }: Wish, isAuth0: boolean): Record<string, string> {
  // For its own API a refresh token says it all.
  if (isOfLogin || audience === undefined) return {};
  return { [isAuth0 ? 'audience' : 'resource']: audience, ...(scope && { scope }) };
}
