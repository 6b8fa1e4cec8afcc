/** Deeper than anybody nests on purpose: beyond it, indentation alone turns a kilobyte into megabytes. */
const MAX_DEPTH = 32;
const INDENTED_DEPTH = 8;

/** Whether JSON is nested deeper than we care to read. */
export function isTooDeep(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isTooDeep(inner, depth - 1));
}

/** Any JSON value as text for a page: text as it is, the rest as JSON, indented where that keeps it readable. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, isTooDeep(value, INDENTED_DEPTH) ? 0 : 2) ?? '';
}
