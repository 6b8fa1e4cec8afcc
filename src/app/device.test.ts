import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceInWords } from './device.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('a device in words', () => {
  const cases: [string, string | undefined][] = [
    ['Chrome on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`],
    ['Firefox on Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0'],
    [
      'Microsoft Edge on Windows',
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0`,
    ],
    [
      'Safari on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    ],
    [
      'Samsung Internet on Android',
      `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    ],
    ['curl', 'curl/8.5.0'],
    ['node', 'node'],
    ['An unknown browser', undefined],
    ['An unknown browser', ''],
    ['An unknown browser', ' '],
    ['An unknown browser', 'Mozilla/5.0'],
    ['An unknown browser', '<script>alert(1)</script>'],
    ['An unknown browser', 'x'.repeat(512)],
  ];
  for (const [words, userAgent] of cases) {
    it(`is "${words}" for ${JSON.stringify(userAgent)?.slice(0, 60) ?? 'no user agent'}`, () => {
      assert.equal(deviceInWords(userAgent), words);
    });
  }

  it('is never empty and never long, whatever the browser says', () => {
    for (const start of ['x', '/', '(', ' ', 'Mozilla/5.0 ', 'é', `${'y'.repeat(300)}/1 `]) {
      const words = deviceInWords(start.repeat(512).slice(0, 512));
      assert.ok(words.trim().length > 0 && words.length <= 84, JSON.stringify(words));
    }
  });
});
