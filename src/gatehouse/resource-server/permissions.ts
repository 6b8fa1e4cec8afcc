import type { RequestHandler } from 'express';
import { InsufficientScopeError, InvalidTokenError } from './errors.ts';

/**
 * What a token permits: the `scope` claim (RFC 9068 section 2.2.3) and Auth0's `permissions` claim together.
 * Claims of any other type permit nothing.
 */
export function permissionsOf(payload: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set([...words(payload['scope']), ...words(payload['permissions'])]);
}

function words(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

/** Passes callers whose token has the permission. @throws InsufficientScopeError */
export function requirePermission(permission: string): RequestHandler {
  return (req, _res, next) => {
    if (!permissionsOf(req.auth?.payload ?? {}).has(permission)) throw new InsufficientScopeError(permission);
    next();
  };
}

/**
 * Passes callers whose token says something under each of `names` (`email_verified`, `org_id`, …): not absent,
 * empty or false. @throws InvalidTokenError
 */
export function requireClaims(...names: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const payload: Readonly<Record<string, unknown>> = req.auth?.payload ?? {};
    const missing = names.filter((name) => [undefined, null, false, ''].includes(payload[name] as never));
    if (missing.length > 0) throw new InvalidTokenError(`The token lacks ${missing.join(', ')}`);
    next();
  };
}
