import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { MAX_DATA_BYTES, readyToKeep, withChanges } from './own-data.ts';

/** Own data that takes `bytes` bytes as JSON. */
const ofBytes = (bytes: number, letter = 'x') => {
  const frame = Buffer.byteLength('{"filler":""}');
  return { filler: letter.repeat((bytes - frame) / Buffer.byteLength(letter)) };
};

describe('own data', () => {
  it('is from the start what it will be when it is read again', () => {
    const items = [{ n: 1 }];
    const ready = readyToKeep({ at: new Date(0), items, gone: undefined, nested: { gone: undefined } });
    items[0] = { n: 2 };
    assert.deepEqual(ready, { at: '1970-01-01T00:00:00.000Z', items: [{ n: 1 }], gone: undefined, nested: {} });
    assert.ok('gone' in ready);
  });

  it('takes changes field by field; undefined removes one', () => {
    const data = { a: 1, b: 2 };
    assert.deepEqual(withChanges(data, { b: undefined, c: 3 }, 100), { a: 1, c: 3 });
    assert.deepEqual(withChanges(undefined, { a: undefined }, 100), {});
    assert.deepEqual(data, { a: 1, b: 2 });
  });

  it('may be 64 kB of JSON in UTF-8, and not a byte more', () => {
    assert.equal(MAX_DATA_BYTES, 65_536);
    for (const letter of ['x', 'ß']) {
      const fits = ofBytes(MAX_DATA_BYTES - 1, letter);
      assert.ok(Math.abs(Buffer.byteLength(JSON.stringify(fits)) - MAX_DATA_BYTES) < 2);
      assert.deepEqual(withChanges({}, fits, MAX_DATA_BYTES), fits);
      assert.throws(() => withChanges({}, ofBytes(MAX_DATA_BYTES + 3, letter), MAX_DATA_BYTES), CatalogueError);
    }
    const exact = ofBytes(MAX_DATA_BYTES);
    assert.deepEqual(withChanges({}, exact, MAX_DATA_BYTES), exact);
    assert.throws(() => withChanges({}, ofBytes(MAX_DATA_BYTES + 1), MAX_DATA_BYTES), CatalogueError);
    assert.throws(() => withChanges(exact, { a: 1 }, MAX_DATA_BYTES), CatalogueError);
  });

  it('is refused with its size, the limit, and the field that takes most', () => {
    const refused = () => withChanges({ small: 'abc' }, { cart: 'x'.repeat(70_000), n: 1 }, MAX_DATA_BYTES);
    assert.throws(refused, (error) => {
      assert.ok(error instanceof CatalogueError);
      assert.deepEqual([error.code, error.status], ['SESSION_DATA_TOO_LARGE', 413]);
      assert.match(error.message, /would take 69 kB, and the limit is 64 kB/);
      assert.match(error.operator.causes.join(), /largest field: `cart`/);
      assert.match((error.cause as Error).message, /^70\d+ bytes of own data, the largest field being "cart"$/);
      return true;
    });
  });

  it('that was larger before there was a limit may shrink, and stay as large, and not grow', () => {
    const large = { ...ofBytes(100_000), theme: 'dark' };
    for (const changes of [{ theme: undefined }, { theme: 'cold' }, { filler: 'x'.repeat(80_000) }]) {
      withChanges(large, changes, MAX_DATA_BYTES);
    }
    assert.throws(() => withChanges(large, { theme: 'light' }, MAX_DATA_BYTES), CatalogueError);
  });
});
