import type { ApiConfig } from '../program/api-config.ts';

/** What a caller needs for a route: nothing, or a valid access token, maybe with claims and a permission. */
export type ApiAccess = 'public' | { readonly claims?: readonly string[]; readonly permission?: string };

/** One route of the resource server; who may call it stands beside its path. All are GET. */
export interface ApiRoute {
  readonly path: string;
  readonly access: ApiAccess;
  /** The body of the 200; `sub` is the token's subject. */
  readonly body: (sub: string | undefined, config: Pick<ApiConfig, 'audience' | 'issuer'>) => object;
}

const authenticated = { claims: ['sub'] } as const;
const permitted = (permission: string) => ({ ...authenticated, permission });

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
  {
    path: '/api/admin',
    access: permitted('admin:write'),
    body: () => ({ message: 'Admin access granted' }),
  },
  { path: '/api/protected-data', access: authenticated, body: (user) => ({ user_id: user }) },
  {
    path: '/api/messages/public',
    access: 'public',
    body: () => ({ text: 'This is a public message.' }),
  },
  {
    path: '/api/messages/protected',
    access: authenticated,
    body: () => ({ text: 'This is a protected message.' }),
  },
  {
    path: '/api/messages/admin',
    access: permitted('read:admin-messages'),
    body: () => ({ text: 'This is an admin message.' }),
  },
];
