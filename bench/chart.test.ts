import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawChart } from './chart.ts';
import { compare, inTurn } from './compare.ts';

const view = compare({ bare: [100, 200], ours: [150, 400], sdk: [500, 1000] }, 'bare');
const chart = drawChart({
  views: { json: view, html: view, anonymous: view },
  login: compare({ ours: [900], sdk: [1000] }, 'sdk'),
  machine: '2 × <fast> & "new"',
  takenAt: '2026-11-25T12:00:00.000Z',
});

describe('the chart', () => {
  it('has a bar for everybody in every view, as long as the median', () => {
    const widths = [...chart.matchAll(/<rect class="(\w+)" .*? width="([\d.]+)"/g)].map(([, name, width]) => [
      name,
      Number(width),
    ]);
    assert.equal(widths.length, 11);
    assert.deepEqual(widths.slice(0, 3), [
      ['bare', 100],
      ['ours', 175],
      ['sdk', 500],
    ]);
  });

  it('says the numbers', () => {
    const numbers = [...chart.matchAll(/class="value".*?>([\d.]+)</g)].map(([, number]) => number);
    assert.deepEqual(numbers.slice(-5), ['1.00', '1.75', '5.00', '0.90', '1.00']);
  });

  it('escapes what the machine is called, and has colours for the dark', () => {
    assert.match(chart, /2 × &lt;fast> &amp; "new"; 2026-11-25/);
    assert.match(chart, /prefers-color-scheme: dark/);
  });
});

describe('cycles', () => {
  it('begin with another contestant each time', () => {
    assert.deepEqual(inTurn(['a', 'b', 'c'], 4), ['b', 'c', 'a']);
  });
});
