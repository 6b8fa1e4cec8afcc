import * as oidc from 'openid-client';
import type { ProviderConfig } from '../program/provider-config.ts';
import { createBrowser } from './browser.ts';

/**
 * Signs a demo user in at the local provider as a browser would, and gets an access token for the API.
 * @throws Error saying what went wrong
 */
export async function requestToken(
  config: Pick<ProviderConfig, 'issuer' | 'clientId' | 'clientSecret' | 'redirectUri' | 'audience'>,
  user: { username: string; password: string; scopes: readonly string[] },
): Promise<oidc.TokenEndpointResponse> {
  const client = await oidc.discovery(
    new URL(config.issuer),
    config.clientId,
    config.clientSecret,
    oidc.ClientSecretBasic(config.clientSecret),
    { execute: [oidc.allowInsecureRequests] },
  );
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const { redirectUri } = config;
  const authorizationUrl = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: ['openid', ...user.scopes].join(' '),
    audience: config.audience,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  });
  const browser = createBrowser();
  const page = await browser.follow(authorizationUrl, redirectUri);
  const { username, password } = user;
  const callback = await browser.signIn(page, { username, password }, redirectUri);
  if (!callback.href.startsWith(redirectUri)) throw new Error(`${username} cannot sign in with this password`);
  return oidc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: codeVerifier });
}
