/** A session's data: fields of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Fields that make sense only together: whoever refreshed a token changed them all. */
const TOKEN_FIELDS = new Set([
  ...['id_token', 'access_token', 'refresh_token', 'token_type', 'expires_at', 'scope', 'tokens'],
]);

/**
 * What two writers made of `base`, put together by top-level fields, with the token fields as one: a field that
 * `mine` changed is as in `mine`, any other as in `theirs`.
 */
export function mergeFields(base: Fields, mine: Fields, theirs: Fields): Record<string, unknown> {
  const names = new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)]);
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
