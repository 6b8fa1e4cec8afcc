import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { toJson } from './json-value.ts';

function around(levels: number): unknown {
  return Array.from({ length: levels }).reduce((inside) => [inside], 1 as unknown);
}

describe('a value that is to be kept as JSON', () => {
  it('is that of JSON.stringify for all that JSON has room for', () => {
    const shared = { price: 1 };
    const plain = Object.assign(Object.create(null) as object, { a: 1 });
    class Point {
      x = 1;
    }
    const values = [
      ...['text', '', '\ud800', 'ä', 0, -1.5, true, null, [], {}, [1, [2, [null]]], { a: { b: [{ c: 'd' }] } }],
      ...[[shared, shared], { one: shared, two: { shared } }, plain, new Point(), { gone: undefined, '': { '': 1 } }],
      ...[new Date(0), new URL('https://a.example'), Buffer.from('b'), { toJSON: () => ({ a: 1 }) }, around(100)],
      JSON.parse('{"__proto__":{"a":1}}') as unknown,
    ];
    for (const value of values) assert.equal(toJson('field', value), JSON.stringify(value));
    assert.equal(toJson('field', undefined), undefined);
  });

  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = [cycle];
  for (const [value, field, fault] of [
    [() => 1, 'cart', 'a function'],
    [{ items: [{ price: 1 }, { price: 10n }] }, 'cart.items.1.price', 'a BigInt'],
    [{ first: { deep: { er: 1 } }, second: Symbol('s') }, 'cart.second', 'a symbol'],
    [{ '': { total: Number.NaN } }, 'cart..total', 'NaN'],
    [[1, -Infinity], 'cart.1', '-Infinity'],
    [cycle, 'cart.self.0', 'an object that contains itself'],
    [{ of: new Map([[1, 2]]) }, 'cart.of', 'a Map'],
    [new Set(), 'cart', 'a Set'],
    [Promise.resolve(), 'cart', 'a Promise'],
    [{ error: new Error('internals') }, 'cart.error', 'an Error'],
    [{ toJSON: () => 1n }, 'cart', 'a BigInt'],
    [around(101), `cart${'.0'.repeat(100)}`, 'nested deeper than 100 levels'],
    [{ ['k'.repeat(1000)]: 1n }, `cart.${'k'.repeat(295)}`, 'a BigInt'],
    [around(50_000), `cart${'.0'.repeat(100)}`, 'nested deeper than 100 levels'],
  ] as const) {
    it(`is refused with its place: ${field.slice(0, 20)} is ${fault}`, () => {
      assert.throws(
        () => toJson('cart', value),
        (error) => {
          assert.ok(error instanceof CatalogueError);
          assert.equal(error.code, 'SESSION_DATA_NOT_JSON');
          assert.ok(error.message.includes(`“${field}” is ${fault}.`), error.message);
          // The log says so, too, even if pages show nothing to operators.
          assert.equal((error.cause as Error).message, `the field ${JSON.stringify(field)} is ${fault}`);
          return true;
        },
      );
    });
  }
});
