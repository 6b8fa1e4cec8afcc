import type { ClientMetadata } from 'oidc-provider';
import type { ProviderConfig } from '../program/provider-config.ts';

/** The web app, the one client that this provider knows. */
export function webAppClient({ clientId, clientSecret, redirectUri }: ProviderConfig): ClientMetadata {
  const { origin, pathname } = new URL(redirectUri);
  // An app may live below a path, and then its callback does, too.
  const homes = new Set([origin, origin + pathname.replace(/\/[^/]*$/, '')]);
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: 'Gatehouse',
    // For oidc-provider this covers client_secret_post, too.
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [...homes].flatMap((home) => [home, `${home}/`]),
    backchannel_logout_uri: `${origin}/backchannel-logout`,
    backchannel_logout_session_required: true,
    id_token_signed_response_alg: 'RS256',
  };
}
