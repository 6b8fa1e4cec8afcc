import type { Request } from 'express';
import type { Session } from 'express-openid-connect';
import { completeProfile } from '../gatehouse/login/complete-profile.ts';
import type { LoginState } from '../gatehouse/login/login.ts';
import { assertRecent, verifyIdToken } from '../gatehouse/login/id-token.ts';
import { stateHash, stateOf } from '../gatehouse/login/login-transactions.ts';
import { assertFitsCookies } from '../gatehouse/session/session-size.ts';
import { completeLoginTokens } from '../gatehouse/tokens/token-vault.ts';
import type { Services } from './services.ts';

/** As many as there may be tabs with a login under way. */
const MAX_LOGINS = 8;

/**
 * Makes the session of a login from what the SDK has of it, once its ID token is verified: with what the tokens are
 * good for, the claims that the ID token leaves out, and what was demanded of the login.
 * @throws InvalidIdTokenError, SigningKeysUnavailableError, AppError SESSION_TOO_LARGE
 */
export async function completeLogin(
  { config, provider, discovery, keys, sessions }: Services,
  req: Request,
  session: Session,
  { demand, again }: LoginState,
): Promise<Session> {
  const at = Math.floor(Date.now() / 1000);
  const claims = await verifyIdToken(session.id_token, { config, discovery, keys });
  assertRecent(claims, demand?.max_age, at);
  // The SDK's types have `expires_at` as text; it is a number.
  const tokens = completeLoginTokens(
    session as never,
    provider.tokenReply()?.scope,
    at,
  ) as unknown as Session;
  const completed = await completeProfile(tokens, { config, provider, log: req.log });
  const asked = { at, ...demand, ...(again && { again }) };
  // For callbacks that are delivered again later: they find that they are done.
  const logins = [stateHash(stateOf(req) ?? ''), ...(req.appSession?.logins ?? [])].slice(0, MAX_LOGINS);
  const whole = { ...completed, asked, logins, ...(!sessions && { began: req.appSession?.began ?? at }) };
  if (!sessions) assertFitsCookies(whole);
  return whole;
}
