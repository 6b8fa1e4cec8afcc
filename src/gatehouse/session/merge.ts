import type { LoadedSession } from './session-store.ts';

/** A session's data: fields of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Fields that make sense only together: whoever refreshed a token changed them all. */
export const TOKEN_FIELDS: ReadonlySet<string> = new Set([
  ...['id_token', 'access_token', 'refresh_token', 'token_type'],
  ...['expires_at', 'expires_in', 'scope', 'tokens', 'renewed_at'],
]);

/**
 * What two writers made of `base`, put together by top-level fields, with the token fields as one: a field that
 * `mine` changed is as in `mine`, any other as in `theirs`.
 */
function mergeFields(base: Fields, mine: Fields, theirs: Fields): Record<string, unknown> {
  // Theirs first: where `mine` changed nothing, the result is theirs also as JSON.
  const names = new Set([...Object.keys(theirs), ...Object.keys(base), ...Object.keys(mine)]);
  const isChanged = (name: string) => JSON.stringify(mine[name]) !== JSON.stringify(base[name]);
  const tokensAreMine = [...names].some((name) => TOKEN_FIELDS.has(name) && isChanged(name));
  const merged: Record<string, unknown> = {};
  for (const name of names) {
    const isMine = TOKEN_FIELDS.has(name) ? tokensAreMine : isChanged(name);
    const value = isMine ? mine[name] : theirs[name];
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/**
 * Brings a loaded session up to what others have written meanwhile, and keeps what was changed in it since it was
 * read. Handlers hold on to `loaded.data`: its fields change, it stays.
 */
export function rebase(loaded: LoadedSession, theirs: LoadedSession): void {
  const base = JSON.parse(loaded.base) as Fields;
  const merged = mergeFields(base, loaded.data as Fields, JSON.parse(theirs.base) as Fields);
  for (const name of Object.keys(loaded.data)) Reflect.deleteProperty(loaded.data, name);
  Object.assign(loaded.data, merged);
  loaded.base = theirs.base;
  loaded.version = theirs.version;
}
