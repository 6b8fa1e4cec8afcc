import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairedRatios, quantile, summarize } from './statistics.ts';

describe('statistics', () => {
  it('takes the middle and the quartiles of any order, interpolated', () => {
    assert.deepEqual(summarize([4, 1, 3, 2]), { median: 2.5, lowerQuartile: 1.75, upperQuartile: 3.25 });
    assert.deepEqual(summarize([10, 2, 1]), { median: 2, lowerQuartile: 1.5, upperQuartile: 6 });
  });

  it('sorts by number, and knows the ends', () => {
    assert.equal(quantile([100, 9, 20], 0), 9);
    assert.equal(quantile([100, 9, 20], 1), 100);
    assert.equal(quantile([7], 0.99), 7);
  });

  it('has no quantile of nothing', () => {
    assert.throws(() => quantile([], 0.5), RangeError);
  });

  it('divides what was measured in one cycle', () => {
    assert.deepEqual(pairedRatios([10, 40], [5, 10]), [2, 4]);
    assert.throws(() => pairedRatios([1], [1, 2]), RangeError);
  });
});
