import { buildEndSessionUrl } from 'openid-client';
import type { DoorConfig } from '../config/door-config.ts';
import type { ProviderClient } from './provider-client.ts';

/** Some providers want a `state`, and send it back; nobody needs it. */
export const SIGNED_OUT_STATE = 'signed-out';

/**
 * Where to send the browser so that the provider's session ends too and the browser comes back to the app
 * (OpenID Connect RP-Initiated Logout 1.0; Auth0's `/v2/logout` for tenants without that endpoint), or
 * undefined where the provider has no such place or is away.
 */
export async function providerLogoutUrl(
  idToken: string | undefined,
  parts: { config: Pick<DoorConfig, 'baseUrl' | 'isAuth0' | 'clientId' | 'issuer'>; provider: ProviderClient },
): Promise<string | undefined> {
  const { config, provider } = parts;
  try {
    const configuration = await provider.configuration();
    if (configuration.serverMetadata().end_session_endpoint) {
      return buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: config.baseUrl,
        state: SIGNED_OUT_STATE,
        ...(idToken && { id_token_hint: idToken }),
      }).href;
    }
  } catch {
    // The provider is away; the session here ends all the same.
  }
  if (!config.isAuth0) return undefined;
  const query = new URLSearchParams({ client_id: config.clientId, returnTo: config.baseUrl });
  return `${config.issuer}/v2/logout?${query.toString()}`;
}
