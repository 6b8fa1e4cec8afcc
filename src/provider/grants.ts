import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { API_PERMISSIONS } from './scopes.ts';

/**
 * Grants without a consent page what the login asks for, but at the API only what the user may do (like Auth0's RBAC).
 * Each login has a grant of its own, so that revoking one leaves the others alone.
 */
export async function grantRequestedScopes(
  { oidc }: KoaContextWithOIDC,
  accounts: Accounts,
): Promise<InstanceType<Provider['Grant']> | undefined> {
  if (!oidc.account || !oidc.client) return undefined;
  const { accountId } = oidc.account;
  const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));

  const withheld = new Set<string>(API_PERMISSIONS);
  for (const permission of accounts.find(accountId)?.permissions ?? []) withheld.delete(permission);
  const allowed = [...oidc.requestParamScopes].filter((scope) => !withheld.has(scope)).join(' ');
  for (const resource of Object.keys(oidc.resourceServers ?? {})) grant.addResourceScope(resource, allowed);

  await grant.save();
  return grant;
}

/**
 * Gives `offline_access` back to an authorization request. oidc-provider drops it from a request without
 * `prompt=consent` (OpenID Connect Core §11); at Auth0, asking for it is enough.
 */
export function restoreOfflineAccess({ oidc, query }: KoaContextWithOIDC): void {
  if (!oidc.params || !String(query['scope']).split(' ').includes('offline_access')) return;
  oidc.params['scope'] = [...oidc.requestParamScopes.add('offline_access')].join(' ');
}
