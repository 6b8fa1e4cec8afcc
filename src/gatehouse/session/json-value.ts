import { CatalogueError } from '../errors/catalogue-error.ts';

/** Deeper than anybody nests on purpose; endless nesting would overflow the stack, at this request or a later one. */
const MAX_DEPTH = 100;

/** How many characters of a place in it are told: anybody may have chosen its names. */
const MAX_NAME = 300;

/**
 * The value of a field as JSON, or undefined for undefined. What JSON would drop, empty or fail on is refused with its
 * place: `cart.items.0.price`. @throws CatalogueError SESSION_DATA_NOT_JSON
 */
export function toJson(name: string, value: unknown): string | undefined {
  /** What holds the present value, from the outside in, and the key of each. */
  const holders: unknown[] = [];
  const keys: string[] = [];

  // JSON.stringify calls it from the outside in, with `toJSON` applied. The types are TypeScript's.
  function check(this: unknown, key: string, held: unknown): unknown {
    while (holders.length > 0 && holders.at(-1) !== this) {
      holders.pop();
      keys.pop();
    }
    const fault = holders.includes(held) ? 'an object that contains itself' : faultOf(held, keys.length);
    // The outermost value is held by nothing of the host's, and has no key.
    if (fault !== undefined) throw notJson(holders.length === 0 ? [name] : [name, ...keys.slice(1), key], fault);
    if (typeof held === 'object' && held !== null) {
      holders.push(held);
      keys.push(key);
    }
    return held;
  }
  return JSON.stringify(value, check);
}

/** What is wrong with a value, in words to follow "is"; undefined for what JSON can hold. */
function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'bigint') return 'a BigInt';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  // JSON keeps nothing of a Map, a Promise and the like.
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' || kind === 'Array' ? undefined : `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function notJson(path: readonly string[], fault: string): CatalogueError {
  const field = path.join('.').slice(0, MAX_NAME);
  const cause = new TypeError(`the field ${JSON.stringify(field)} is ${fault}`);
  return new CatalogueError('SESSION_DATA_NOT_JSON', { values: { field, fault }, cause });
}
