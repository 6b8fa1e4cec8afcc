import { ApiError } from './errors.ts';

/** What a request's access token says; `requireToken` puts it into `req.auth`. */
export interface TokenAuth {
  /** The subject: the user, or the client where a machine calls. Unique within the issuer (RFC 9068 section 2.2). */
  readonly sub: string;
  /** Every permission of the token: `scope` (RFC 9068 section 2.2.3), `scp` and `permissions` together. */
  readonly scopes: readonly string[];
  /** The whole payload of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The token itself, to be passed on or exchanged. Never log it. */
  readonly token: string;
}

declare global {
  namespace Express {
    interface Request {
      /** The caller, after `requireToken`. */
      auth?: TokenAuth;
    }
  }
}

/** What a route needs of a valid access token. */
export interface TokenNeeds {
  /** The permission that the caller must have, else 403 (RFC 6750 section 3.1). Default: any valid token will do. */
  readonly permission?: string;
  /** Claims that must be present (`email_verified`, `org_id`, …), and neither empty nor false; else 401. */
  readonly claims?: readonly string[];
}

/**
 * What a token permits: the `scope` claim (RFC 9068 section 2.2.3), Auth0's `permissions` claim, and `scp`, as Okta
 * and Entra ID write it, together. Claims of any other type permit nothing.
 */
export function permissionsOf(payload: Readonly<Record<string, unknown>>): string[] {
  return [...new Set(['scope', 'scp', 'permissions'].flatMap((claim) => words(payload[claim])))];
}

function words(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

/** @throws ApiError invalid_token where a claim is missing, insufficient_scope where the permission is */
export function assertSuffices({ claims, scopes }: TokenAuth, needs: TokenNeeds): void {
  const missing = (needs.claims ?? []).filter((name) => [undefined, null, false, ''].includes(claims[name] as never));
  if (missing.length > 0) throw new ApiError('invalid_token', `The token lacks ${missing.join(', ')}`);
  const { permission } = needs;
  if (permission === undefined || scopes.includes(permission)) return;
  throw new ApiError('insufficient_scope', `The permission ${permission} is missing`, { scope: permission });
}
