import type { ProviderFault } from '../oidc/provider-fault.ts';
import type { AccessToken } from './access-token.ts';
import type { Wish } from './token-vault.ts';

/** What came of asking for a token; callers have to meet each. */
export type AccessTokenOutcome =
  | { readonly outcome: 'token'; readonly token: AccessToken }
  /** None that lives, and no refresh token that could get one: sign in again. */
  | { readonly outcome: 'no refresh token' }
  /** The provider refused the refresh, and the session is ended, or it was ended meanwhile: sign in again. */
  | { readonly outcome: 'refused' }
  /** The provider wants the person for this API (`mfa_required`, `consent_required`, …); the session stays. */
  | { readonly outcome: 'interaction needed'; readonly error: string }
  /** The provider cannot be asked right now; the session stays. */
  | { readonly outcome: 'unavailable'; readonly fault: ProviderFault; readonly cause: unknown }
  /** The provider gives no token for this API, or gives one for another. */
  | { readonly outcome: 'audience not granted'; readonly audience: string }
  /** No login of this session has asked for this scope: a login with it may help. */
  | { readonly outcome: 'scope not granted'; readonly scope: string };

export function refusalOf({ audience = '' }: Wish): Extract<AccessTokenOutcome, { outcome: 'audience not granted' }> {
  return { outcome: 'audience not granted', audience };
}
