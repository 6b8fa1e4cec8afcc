import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js';
import { API_PERMISSIONS, OIDC_SCOPES } from './scopes.ts';

/** Auth0 allows any text as an API identifier, while a resource indicator must be a URI (RFC 8707 §2). */
function resourceOf(audience: string): string {
  const isUri = URL.canParse(audience) && !audience.includes('#');
  return isUri ? audience : `urn:audience:${encodeURIComponent(audience)}`;
}

/** The resource that Auth0's `audience` parameter of an authorization request stands for. */
function resourceRequested({ oidc }: KoaContextWithOIDC): string | undefined {
  const audience = oidc.params?.['audience'];
  return typeof audience === 'string' ? resourceOf(audience) : undefined;
}

/**
 * The resources of a login: the one that it asks for, and `others`, for which its refresh token is good as well
 * (like Auth0's multi-resource refresh tokens).
 */
export function resourcesGranted(ctx: KoaContextWithOIDC, others: readonly string[]): string | string[] | undefined {
  const requested = resourceRequested(ctx);
  if (requested === undefined || others.length === 0) return requested;
  return [requested, ...others.map(resourceOf)];
}

/**
 * How tokens for `resource` look: JWTs for the one of `audiences` it stands for, with OpenID scopes, too, as at Auth0.
 * @throws InvalidTarget for any other API
 */
export function apiResourceServer(audiences: readonly string[], resource: string): ResourceServer {
  const audience = audiences.find((known) => resource === resourceOf(known));
  if (audience === undefined) throw new InvalidTarget('unknown audience');
  return {
    audience,
    scope: [...OIDC_SCOPES, ...API_PERMISSIONS].join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}

/**
 * Refuses to refresh for an API that the grant is not for. `resource` names it, or `audience`, as at Auth0.
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
