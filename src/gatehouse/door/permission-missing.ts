import type { Request } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { wasAskedFor } from '../tokens/token-vault.ts';
import type { DoorParts } from './parts.ts';

/** The signed-in user may not do this. `askUrl` begins a login that asks for the permission, where none has yet. */
export function permissionMissing(
  req: Request,
  { visits, links }: DoorParts,
  permission = 'of the API',
  askUrl?: string,
): CatalogueError {
  const user = visits.user(req);
  const reason = askUrl
    ? 'for which this app has not asked yet.'
    : 'which this account does not have. Somebody who manages the app can grant it; sign in again afterwards.';
  return new CatalogueError('PERMISSION_MISSING', {
    values: { permission, account: user?.email ?? user?.name ?? 'this account', reason },
    action: askUrl
      ? { label: 'Ask for this permission', href: askUrl }
      : { label: 'Use another account', href: links.paths.logout },
  });
}

/** A permission that an API demands; where no login of this session has asked for it, one can. */
export function apiPermissionMissing(req: Request, parts: DoorParts, permission: string | undefined): CatalogueError {
  const { visits, links, config } = parts;
  const content = visits.session(req)?.content;
  const wasAsked = permission === undefined || !content || wasAskedFor(permission, config.scopes, content);
  const askUrl = wasAsked ? undefined : links.login(links.pageOf(req), { scope: permission });
  return permissionMissing(req, parts, permission, askUrl);
}
