import type { Session } from 'express-openid-connect';
import { decodeJwt } from 'jose';
import { fetchUserInfo } from 'openid-client';
import type { WebConfig } from '../config/web-config.ts';
import type { Logger } from '../../program/logger.ts';
import type { ProviderClient } from './provider-client.ts';

/** The claim that each scope promises first (OpenID Connect Core section 5.4). */
const FIRST_CLAIM = { profile: 'name', email: 'email' } as const;

/**
 * A login's session, with the claims that the ID token leaves out from UserInfo (OpenID Connect Core
 * section 5.3) under `userinfo`. Many providers keep ID tokens small. Asked for once, at login; where UserInfo
 * fails the login goes on with what there is.
 */
export async function completeProfile(
  session: Session,
  context: { config: Pick<WebConfig, 'scopes'>; provider: ProviderClient; log: Logger },
): Promise<Session> {
  const claims = decodeJwt(session.id_token);
  const isComplete = Object.entries(FIRST_CLAIM).every(
    ([scope, claim]) => !context.config.scopes.includes(scope) || claims[claim] !== undefined,
  );
  if (isComplete || claims.sub === undefined) return session;
  try {
    const configuration = await context.provider.configuration();
    const userinfo = await fetchUserInfo(configuration, session.access_token, claims.sub);
    const missing = Object.entries(userinfo).filter(([name]) => !(name in claims));
    return { ...session, userinfo: Object.fromEntries(missing) };
  } catch (error) {
    context.log.warn({ reason: (error as Error).message }, 'profile not completed: UserInfo failed');
    return session;
  }
}
