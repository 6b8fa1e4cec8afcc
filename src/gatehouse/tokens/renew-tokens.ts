import type { DoorConfig } from '../config/door-config.ts';
import { ForeignIdTokenError, type IdTokenParts, verifyRefreshedIdToken } from '../oidc/id-token.ts';
import type { Revocation } from '../oidc/revocation.ts';
import { SigningKeysUnavailableError } from '../oidc/signing-keys.ts';
import type { Logger } from '../platform/logger.ts';
import type { KeptToken } from '../session/session-content.ts';
import type { Session } from '../session/sessions.ts';
import { type AccessTokenOutcome, refusalOf } from './access-tokens.ts';
import type { Insist } from './renewal.ts';
import type { TokenAnswer, TokenEndpoint } from './token-endpoint.ts';
import { findToken, isForAnother, isFresh, keepToken, type Wish } from './token-vault.ts';

/** A token that is kept now, or what stood in the way. */
export type Renewed = KeptToken | Exclude<AccessTokenOutcome, { outcome: 'token' }>;

/**
 * Renews the tokens of a session under its lease, unless somebody else has meanwhile. `instead`: the token that is no
 * good. Belongs to no request: whoever began it may have given up.
 */
export type RenewTokens = (
  session: Session,
  wish: Wish,
  instead: string | undefined,
  insist: Insist,
) => Promise<Renewed>;

export function createRenewTokens(
  parts: IdTokenParts & {
    readonly config: Pick<DoorConfig, 'clientId' | 'isAuth0'>;
    readonly endpoint: TokenEndpoint;
    readonly revocation: Revocation;
    readonly log: Logger;
  },
): RenewTokens {
  const { config, endpoint, revocation, log, now = Date.now } = parts;
  const nowSeconds = () => Math.floor(now() / 1000);

  /** Makes an answer the session's. What it brings is kept before anybody uses it. */
  async function keep(session: Session, wish: Wish, answer: TokenAnswer, insist: Insist): Promise<Renewed> {
    switch (answer.answer) {
      case 'unavailable': {
        const { refreshToken } = answer;
        if (refreshToken) {
          await insist(() => session.change((content) => (content.refresh_token = refreshToken)));
        }
        return { outcome: 'unavailable', fault: answer.fault, cause: answer.cause };
      }
      case 'not granted':
        return refusalOf(wish);
      case 'refused':
        break;
      case 'interaction needed':
        // Without its own API the session is worth nothing; another one leaves it as it is.
        if (!wish.isOfLogin) return { outcome: 'interaction needed', error: answer.error };
        break;
      case 'tokens': {
        const flaw = await flawOf(answer.idToken, session.content.id_token);
        if (flaw === 'foreign') break;
        const { access_token, refresh_token } = answer.tokens;
        const isForUs = !flaw && !isForAnother(access_token, wish.audience);
        let token: KeptToken | undefined;
        const isKept = await insist(() =>
          session.change((content) => {
            // Also with a flaw: the refresh token that it replaces is spent.
            if (refresh_token) content.refresh_token = refresh_token;
            if (isForUs) token = keepToken(content, wish, answer.tokens, nowSeconds());
          }),
        );
        if (!isKept) {
          // It was ended meanwhile; nobody has this refresh token but us.
          if (refresh_token) await revocation.revoke(refresh_token);
          return { outcome: 'refused' };
        }
        return flaw ?? token ?? refusalOf(wish);
      }
    }
    await insist(() => session.end());
    return { outcome: 'refused' };
  }

  /** What is wrong with a refreshed ID token: nothing, somebody else's, or an outcome to tell. */
  async function flawOf(
    idToken: string | undefined,
    original: string,
  ): Promise<undefined | 'foreign' | Exclude<Renewed, KeptToken>> {
    if (idToken === undefined) return undefined;
    try {
      await verifyRefreshedIdToken(idToken, original, parts);
      return undefined;
    } catch (error) {
      if (error instanceof ForeignIdTokenError) {
        log.error(
          { security: 'foreign_id_token', claim: error.claim },
          'session ended: a refresh brought an ID token of another',
        );
        return 'foreign';
      }
      const kind = error instanceof SigningKeysUnavailableError ? 'away' : 'nonsense';
      return { outcome: 'unavailable', fault: { kind }, cause: error };
    }
  }

  return (session, wish, instead, insist) =>
    session.exclusively<Renewed>(async (isHeld) => {
      if (!(await session.reload())) return { outcome: 'refused' };
      const { content } = session;
      // Somebody else may have renewed it while we waited.
      const kept = findToken(content, wish);
      if (kept && kept.access_token !== instead && isFresh(kept, nowSeconds())) return kept;
      if (!content.refresh_token) return { outcome: 'no refresh token' };

      const parameters = parametersFor(wish, config.isAuth0);
      const answer = await endpoint.refresh(content.refresh_token, parameters, isHeld);
      const renewed = await keep(session, wish, answer, insist);
      const isRefused = 'outcome' in renewed && renewed.outcome === 'audience not granted';
      if (!isRefused || wish.isOfLogin) return renewed;
      const exchanged = await endpoint.exchange(content.access_token ?? '', exchangeFor(wish));
      return exchanged ? keep(session, wish, exchanged, insist) : renewed;
    });
}

/** How a refresh names another API: Auth0's multi-resource refresh tokens, or RFC 8707. */
function parametersFor({ audience, isOfLogin, scope }: Wish, isAuth0: boolean): Record<string, string> {
  // For its own API a refresh token says it all.
  if (isOfLogin || audience === undefined) return {};
  return { [isAuth0 ? 'audience' : 'resource']: audience, ...(scope && { scope }) };
}

function exchangeFor({ audience = '', scope }: Wish): Record<string, string> {
  return { audience, ...(scope && { scope }) };
}
