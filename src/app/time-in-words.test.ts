import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationInWords, fromNowInWords, timeInWords, timeOf } from './time-in-words.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 2, 30);

describe('times in words', () => {
  it('names a time with its zone', () => {
    assert.equal(timeInWords(new Date(NOW)), '21 Nov 2026, 12:02 UTC');
  });

  const cases: [seconds: number, words: string][] = [
    [0, 'just now'],
    [-59, 'just now'],
    [1, 'in less than a minute'],
    [59, 'in less than a minute'],
    [60, 'in 1 minute'],
    [110, 'in 2 minutes'],
    [-119, '2 minutes ago'],
    [598, 'in 10 minutes'],
    [3598, 'in 1 hour'],
    [86_399, 'in 1 day'],
    [5000, 'in 1 hour'],
    [-3600, '1 hour ago'],
    [7 * 86_400 - 30, 'in 7 days'],
    [-310 * 86_400, '10 months ago'],
    [-3 * 31_536_000, '3 years ago'],
  ];
  for (const [seconds, words] of cases) {
    it(`says "${words}" for ${seconds} s`, () => {
      assert.equal(fromNowInWords(new Date(NOW + seconds * 1000), NOW), words);
    });
  }

  it('takes what is no time for none', () => {
    assert.deepEqual(timeOf(NOW / 1000), new Date(NOW));
    assert.deepEqual(timeOf('2026-11-21T12:02:30.000Z'), new Date(NOW));
    for (const nonsense of [undefined, null, {}, 'soon', 1e18, Number.POSITIVE_INFINITY]) {
      assert.equal(timeOf(nonsense), undefined);
    }
  });

  it('says how long something lasts', () => {
    const lengths = [1, 45, 60, 5400, 7200, 86_400, 604_800];
    assert.deepEqual(lengths.map(durationInWords), [
      ...['1 second', '45 seconds', '1 minute', '90 minutes', '2 hours', '1 day', '7 days'],
    ]);
  });
});
