import * as oidc from 'openid-client';
import type { DoorConfig } from '../gatehouse/config/door-config.ts';

/**
 * Signs a demo user in at the local provider as a browser would, and gets an access token for the API.
 * @throws Error saying what went wrong
 */
export async function requestToken(
  config: Pick<DoorConfig, 'issuer' | 'clientId' | 'baseUrl' | 'callbackPath'> & {
    clientSecret: string;
    audience: string;
  },
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
  const redirectUri = config.baseUrl + config.callbackPath;
  const authorizationUrl = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: ['openid', ...user.scopes].join(' '),
    audience: config.audience,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  });
  const signIn = createBrowser();
  const page = await signIn.follow(authorizationUrl, redirectUri);
  const { username, password } = user;
  const callback = await signIn.follow(new URL(`${page.pathname}/sign-in`, page), redirectUri, {
    method: 'POST',
    body: new URLSearchParams({ username, password }),
  });
  if (!callback.href.startsWith(redirectUri)) throw new Error(`${username} cannot sign in with this password`);
  return oidc.authorizationCodeGrant(client, callback, { pkceCodeVerifier: codeVerifier });
}

/** Just enough of a browser for one sign-in at our own provider: cookies by name, and redirects. */
function createBrowser() {
  const cookies = new Map<string, string>();
  return {
    /** Follows redirects from `url` up to a page, or to an address that begins with `end`, which is not fetched. */
    follow: async (url: URL, end: string, init: RequestInit = {}): Promise<URL> => {
      let current = url;
      let request = init;
      while (!current.href.startsWith(end)) {
        const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
        const response = await fetch(current, { ...request, headers: { cookie }, redirect: 'manual' });
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        const location = response.headers.get('location');
        if (!location) return current;
        current = new URL(location, current);
        request = {};
      }
      return current;
    },
  };
}
