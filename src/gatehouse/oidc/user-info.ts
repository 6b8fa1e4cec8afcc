import { fetchUserInfo } from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import type { Logger } from '../platform/logger.ts';
import { type Claims, claimsOf } from '../session/session-content.ts';
import type { ProviderClient } from './provider-client.ts';

/** The claim that each scope promises first (OpenID Connect Core section 5.4). */
const FIRST_CLAIM = { profile: 'name', email: 'email' } as const;

/**
 * All claims about somebody who has just signed in: those of the verified ID token, and what it leaves out from UserInfo
 * (OpenID Connect Core section 5.3). Many providers keep ID tokens small. Asked for once, at login; where UserInfo fails
 * the login goes on with what there is.
 */
export async function completeClaims(
  tokens: { readonly id_token: string; readonly access_token: string },
  { config, provider, log }: { config: Pick<DoorConfig, 'scopes'>; provider: ProviderClient; log: Logger },
): Promise<Claims> {
  const claims = claimsOf(tokens.id_token);
  const isComplete = Object.entries(FIRST_CLAIM).every(
    ([scope, claim]) => !config.scopes.includes(scope) || claims[claim] !== undefined,
  );
  if (isComplete) return claims;
  try {
    const userInfo = await fetchUserInfo(await provider.configuration(), tokens.access_token, claims.sub);
    return claimsOf(tokens.id_token, userInfo);
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'profile not completed: UserInfo failed');
    return claims;
  }
}
