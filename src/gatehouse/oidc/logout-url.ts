import { buildEndSessionUrl } from 'openid-client';
import { auth0LogoutUrl } from './providers/auth0.ts';
import { cognitoLogoutParams } from './providers/cognito.ts';
import type { DoorConfig } from '../config/door-config.ts';
import type { ProviderClient } from './provider-client.ts';

/** Longer addresses are refused on the way, and many groups make an ID token alone longer. It is only a hint. */
const MAX_LENGTH = 2048;

/** Some providers want a `state`, and send it back; nobody needs it. */
export const SIGNED_OUT_STATE = 'signed-out';

/**
 * Where a browser ends the provider's session and returns to the app (OpenID Connect RP-Initiated Logout 1.0; Auth0's
 * `/v2/logout` for tenants without that endpoint); undefined where the provider has no such place or is away.
 */
export async function providerLogoutUrl(
  idToken: string | undefined,
  parts: {
    config: Pick<DoorConfig, 'baseUrl' | 'basePath' | 'isAuth0' | 'clientId' | 'issuer' | 'logoutParams'>;
    provider: ProviderClient;
  },
): Promise<string | undefined> {
  const { config, provider } = parts;
  const home = config.baseUrl + config.basePath;
  try {
    const configuration = await provider.configuration();
    if (configuration.serverMetadata().end_session_endpoint) {
      const urlWith = (hint?: string) =>
        buildEndSessionUrl(configuration, {
          ...config.logoutParams,
          ...cognitoLogoutParams(config.issuer, home),
          post_logout_redirect_uri: home,
          state: SIGNED_OUT_STATE,
          ...(hint && { id_token_hint: hint }),
        }).href;
      const url = urlWith(idToken);
      return url.length <= MAX_LENGTH ? url : urlWith();
    }
  } catch {
    // The provider is away; the session here ends anyway.
  }
  if (!config.isAuth0) return undefined;
  return auth0LogoutUrl(config.issuer, config.clientId, home);
}
