import type { TokenNeeds } from '#gatehouse';

/** Who may call a route: everybody, or those whose access token has what it needs. */
export type ApiAccess = 'public' | TokenNeeds;

/** One route of the resource server, with who may call it beside its path. All are GET. */
export interface ApiRoute {
  readonly path: string;
  readonly access: ApiAccess;
  /** The body of the 200; `user` is the token's subject. */
  readonly body: (user: string | undefined, config: { readonly audience: string; readonly issuer: string }) => object;
}

const authenticated: ApiAccess = {};
const permitted = (permission: string): ApiAccess => ({ permission });

export const API_ROUTES: readonly ApiRoute[] = [
  { path: '/health', access: 'public', body: () => ({ status: 'ok' }) },
  {
    // Which tokens this API takes, and whose (RFC 9728).
    path: '/.well-known/oauth-protected-resource',
    access: 'public',
    body: (_user, { audience, issuer }) => ({ resource: audience, authorization_servers: [issuer] }),
  },
  { path: '/api/public', access: 'public', body: () => ({ message: 'This endpoint is public' }) },
  {
    path: '/api/private',
    access: authenticated,
    body: (user) => ({ message: 'This endpoint requires authentication', user }),
  },
  {
    path: '/api/private-scoped',
    access: permitted('read:messages'),
    body: (user) => ({ message: 'Private scoped endpoint - read:messages permission granted', user }),
  },
  {
    path: '/api/dpop-protected',
    access: authenticated,
    body: (user) => ({ message: 'Successfully authenticated with DPoP or Bearer', user }),
  },
  { path: '/api/admin', access: permitted('admin:write'), body: () => ({ message: 'Admin access granted' }) },
  { path: '/api/protected-data', access: authenticated, body: (user) => ({ user_id: user }) },
  { path: '/api/messages/public', access: 'public', body: () => ({ text: 'This is a public message.' }) },
  { path: '/api/messages/protected', access: authenticated, body: () => ({ text: 'This is a protected message.' }) },
  {
    path: '/api/messages/admin',
    access: permitted('read:admin-messages'),
    body: () => ({ text: 'This is an admin message.' }),
  },
];
