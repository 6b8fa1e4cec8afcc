import { CatalogueError } from '../errors/catalogue-error.ts';
import type { Links } from '../login/links.ts';
import type { User } from '../session/user.ts';

/** The signed-in user may not do this. `askUrl` begins a login that asks for the permission, where none has yet. */
export function permissionMissing(
  permission = 'of the API',
  user: User | undefined,
  links: Links,
  askUrl?: string,
): CatalogueError {
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
