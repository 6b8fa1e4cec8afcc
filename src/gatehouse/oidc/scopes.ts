const OFFLINE = 'offline_access';
/** Longer lists of scopes would make the login's request longer than providers take. */
const MAX_LENGTH = 300;

/** Whether every scope of `wanted` is among those of `scopes`; both space-separated, and nothing is in everything. */
export function includesScopes(scopes: string | undefined, wanted: string): boolean {
  const known = new Set(scopes?.split(' '));
  return wanted.split(' ').every((scope) => scope === '' || known.has(scope));
}

/** What a login asks for: `scope`, and what was asked for before, as long as that stays short. */
export function accumulateScopes(before: string | undefined, scope: string | undefined): string {
  const all = joinScopes(before, scope);
  return all.length <= MAX_LENGTH ? all : (scope ?? '');
}

/**
 * What every login asks for: with an API to call, also a refresh token, if the provider knows the scope for it (OpenID
 * Connect Core section 11). `supported`: its `scopes_supported`, which it may leave out.
 */
export function loginScopes(
  { scopes, audience }: { readonly scopes: readonly string[]; readonly audience: string | undefined },
  supported: readonly string[] | undefined,
): string {
  const isOffline = audience !== undefined && (!supported || supported.includes(OFFLINE));
  return joinScopes(scopes, isOffline ? OFFLINE : '');
}

/** All scopes of several space-separated lists, once each. */
export function joinScopes(...lists: (string | readonly string[] | undefined)[]): string {
  const scopes = lists.flatMap((list) => (typeof list === 'string' ? list.split(' ') : (list ?? [])));
  return [...new Set(scopes)].filter(Boolean).join(' ');
}
