import { CatalogueError } from '../errors/catalogue-error.ts';
import { toJson } from './json-value.ts';
import type { SessionData } from './session-data.ts';

/** Limit of the host's own data in Redis, which is read with every request, and written whole. As JSON in UTF-8. */
export const MAX_DATA_BYTES = 64 * 1024;

type Fields = Readonly<Record<string, unknown>>;
type IsUntyped = keyof SessionData extends never ? true : false;

/** The host's own data as it is read: any fields, or those of `SessionData` if declared; each may be missing. */
export type SessionFields = IsUntyped extends true ? Fields : Readonly<Partial<SessionData>>;

/** Fields to save, any or those of `SessionData`; `undefined` removes one. */
export type SessionChanges = IsUntyped extends true
  ? Fields
  : { readonly [Field in keyof SessionData]?: SessionData[Field] | undefined };

/** What `onLogin` may answer, or promise: `SessionChanges`, or nothing. */
export type LoginData = IsUntyped extends true
  ? unknown
  : SessionChanges | null | void | Promise<SessionChanges | null | void>;

/** `data` with the type that hosts know: they answer for what they put in. */
export function asSessionFields(data: unknown = {}): SessionFields {
  return data as SessionFields;
}

/**
 * Fields as they will be read again: a `Date` becomes text at once, and changing an object after saving it has no
 * effect. `undefined` stays. @throws CatalogueError SESSION_DATA_NOT_JSON
 */
export function readyToKeep(fields: object): Fields {
  const entries = Object.entries(fields as Fields).map(([name, value]) => {
    const json = toJson(name, value);
    return [name, json === undefined ? undefined : (JSON.parse(json) as unknown)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * `data` with `changes` made to it.
 * @param maxBytes Infinity where something else sets a limit. Data that was larger before this limit may still shrink.
 * @throws CatalogueError SESSION_DATA_TOO_LARGE
 */
export function withChanges(data: Fields = {}, changes: Fields, maxBytes: number): Record<string, unknown> {
  const entries = Object.entries({ ...data, ...changes }).filter(([, value]) => value !== undefined);
  const changed = Object.fromEntries(entries);
  const bytes = bytesOf(changed);
  if (bytes > maxBytes && bytes > bytesOf(data)) throw tooLarge(changed, bytes, maxBytes);
  return changed;
}

function tooLarge(data: Fields, bytes: number, maxBytes: number): CatalogueError {
  const [[field = ''] = []] = Object.entries(data).sort(([, a], [, b]) => bytesOf(b) - bytesOf(a));
  const [kilobytes = '', limit = ''] = [bytes, maxBytes].map((size) => String(Math.ceil(size / 1024)));
  const cause = new RangeError(`${bytes} bytes of own data, the largest field being ${JSON.stringify(field)}`);
  return new CatalogueError('SESSION_DATA_TOO_LARGE', { values: { kilobytes, limit, field }, cause });
}

function bytesOf(data: unknown): number {
  return Buffer.byteLength(JSON.stringify(data));
}
