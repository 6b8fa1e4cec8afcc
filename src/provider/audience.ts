import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js';
import { API_PERMISSIONS, OIDC_SCOPES } from './scopes.ts';

/** To Auth0 an API identifier may be any text, while a resource indicator is a URI (RFC 8707 §2). */
function resourceOf(audience: string): string {
  const isUri = URL.canParse(audience) && !audience.includes('#');
  return isUri ? audience : `urn:audience:${encodeURIComponent(audience)}`;
}

/** The resource that Auth0's `audience` parameter of an authorization request stands for. */
export function resourceRequested({ oidc }: KoaContextWithOIDC): string | undefined {
  const audience = oidc.params?.['audience'];
  return typeof audience === 'string' ? resourceOf(audience) : undefined;
}

/**
 * How tokens for `resource` look: JWTs for `audience`. As at Auth0 they carry the OpenID scopes, too.
 * @throws InvalidTarget for any other API
 */
export function apiResourceServer(audience: string, resource: string): ResourceServer {
  if (resource !== resourceOf(audience)) throw new InvalidTarget('unknown audience');
  return {
    audience,
    scope: [...OIDC_SCOPES, ...API_PERMISSIONS].join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}

/**
 * Refuses a refresh for another API than the grant's, named as `resource` or, Auth0's way, as `audience`.
 * @throws InvalidTarget
 */
export function assertGrantedAudience({ oidc }: KoaContextWithOIDC): void {
  const audience = oidc.body?.['audience'];
  const asked = [oidc.params?.['resource'], typeof audience === 'string' ? resourceOf(audience) : undefined];
  const granted: unknown[] = [oidc.entities.RefreshToken?.resource].flat();
  if (asked.flat().some((resource) => resource !== undefined && !granted.includes(resource))) {
    throw new InvalidTarget('the grant is not for this audience');
  }
}
