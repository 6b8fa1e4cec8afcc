import { CatalogueError } from '../errors/catalogue-error.ts';

/** Deeper than anybody means to; what has no end in sight would take the stack with it, at this request or a later one. */
const MAX_DEPTH = 100;

/** Characters of a place in it, the names of which may be anybody's. */
const MAX_NAME = 300;

/**
 * The value of a field as JSON, or undefined for undefined. What JSON would drop, empty or fail at is refused with its
 * place: `cart.items.0.price`. @throws CatalogueError SESSION_DATA_NOT_JSON
 */
export function toJson(name: string, value: unknown): string | undefined {
  /** Around the value at hand: what holds it, from the outside in, and under which key each is held. */
  const holders: unknown[] = [];
  const keys: string[] = [];

  // JSON.stringify calls it from the outside in, with `toJSON` applied. Typed as TypeScript has it.
  function check(this: unknown, key: string, held: unknown): unknown {
    while (holders.length > 0 && holders.at(-1) !== this) {
      holders.pop();
      keys.pop();
    }
    const fault = holders.includes(held) ? 'an object that contains itself' : faultOf(held, keys.length);
    // The value itself is held by nothing of the host's, under no name.
    if (fault !== undefined) throw notJson(holders.length === 0 ? [name] : [name, ...keys.slice(1), key], fault);
    if (typeof held === 'object' && held !== null) {
      holders.push(held);
      keys.push(key);
    }
    return held;
  }
  return JSON.stringify(value, check);
}

/** What is wrong with a value, in words that go on after "is"; undefined for what JSON has room for. */
function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'bigint') return 'a BigInt';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  // Of a Map, a Promise and their like JSON keeps nothing.
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' || kind === 'Array' ? undefined : `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function notJson(path: readonly string[], fault: string): CatalogueError {
  const field = path.join('.').slice(0, MAX_NAME);
  const cause = new TypeError(`the field ${JSON.stringify(field)} is ${fault}`);
  return new CatalogueError('SESSION_DATA_NOT_JSON', { values: { field, fault }, cause });
}
