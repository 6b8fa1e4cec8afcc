import type { Request } from 'express';
import type { Session } from 'express-openid-connect';
import { completeProfile } from '../auth/complete-profile.ts';
import type { LoginState } from '../auth/login.ts';
import { assertFitsCookies } from '../auth/session-size.ts';
import { completeLoginTokens } from '../tokens/token-vault.ts';
import type { Services } from './services.ts';

/**
 * Makes the session of a login from what the SDK has of it: with what the tokens are good for, the claims that the
 * ID token leaves out, and what was demanded of the login. @throws SessionTooLargeError
 */
export async function completeLogin(
  { config, provider, sessions }: Services,
  req: Request,
  session: Session,
  { demand, again }: LoginState,
): Promise<Session> {
  const at = Math.floor(Date.now() / 1000);
  // The SDK's types have `expires_at` as text; it is a number.
  const tokens = completeLoginTokens(session as never, provider.grantedScope(), at) as unknown as Session;
  const completed = await completeProfile(tokens, { config, provider, log: req.log });
  const asked = { at, ...demand, ...(again && { again }) };
  const whole = { ...completed, asked };
  if (!sessions) assertFitsCookies(whole);
  return whole;
}
