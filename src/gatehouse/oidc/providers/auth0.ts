/** Auth0's logout address for tenants without an end-session endpoint. */
export function auth0LogoutUrl(issuer: string, clientId: string, comeBackTo: string): string {
  const query = new URLSearchParams({ client_id: clientId, returnTo: comeBackTo });
  return `${issuer}/v2/logout?${query.toString()}`;
}

/** How a request names the API that its token is for: Auth0 knows no RFC 8707. */
export function resourceParameter(isAuth0: boolean): 'audience' | 'resource' {
  return isAuth0 ? 'audience' : 'resource';
}
