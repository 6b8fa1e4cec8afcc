import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cookieLines, cookieName, cookiePairs, hostCookieName } from './cookies.ts';

describe('our cookies', () => {
  it('are tied to this very host, and to https, wherever the app is on https', () => {
    const app = { baseUrl: 'https://app.example.com', basePath: '' };
    assert.equal(hostCookieName('gatehouse', app), '__Host-gatehouse');
    const lines = cookieLines(app);
    for (const line of [lines.set('__Host-a', 'b', 60.9), lines.clear('__Host-a')]) {
      const attributes = line.split('; ').slice(1);
      // Browsers accept the prefix only with Secure and Path=/, and without Domain (RFC 6265bis section 4.1.3.2).
      assert.deepEqual(attributes.slice(0, 4), ['Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure']);
      assert.doesNotMatch(line, /Domain/i);
    }
    assert.match(lines.set('__Host-a', 'b', 60.9), /^__Host-a=b; .*; Max-Age=60$/);
  });

  it('do without on plain http, where browsers would drop them', () => {
    const app = { baseUrl: 'http://localhost:5000', basePath: '' };
    assert.equal(hostCookieName('gatehouse', app), 'gatehouse');
    assert.doesNotMatch(cookieLines(app).set('a', 'b', 60), /Secure|__Host-/);
  });

  it('are below the path where the app is, without the prefix that wants all of the host', () => {
    const app = { baseUrl: 'https://example.com', basePath: '/app' };
    assert.equal(hostCookieName('gatehouse', app), '__Secure-gatehouse');
    assert.match(cookieLines(app).set('a', 'b', 60), /^a=b; Path=\/app; HttpOnly; SameSite=Lax; Secure;/);
  });
});

it('a name with odd white space before it is another name, and what has no name is none', () => {
  const pairs = cookiePairs('a=1; \t__Host-gatehouse=2 ;\u00a0__Host-gatehouse=3;__Host-gatehouse;=__Host-gatehouse=4');
  assert.deepEqual(pairs, ['a=1', '__Host-gatehouse=2', '\u00a0__Host-gatehouse=3', '=__Host-gatehouse=4']);
  assert.equal(pairs.filter((pair) => cookieName(pair) === '__Host-gatehouse').length, 1);
});

it('a header full of blanks is read at once', () => {
  const begun = performance.now();
  for (const header of [`a=1;b=2${' '.repeat(16_000)}c`, `a=1;b=2${' '.repeat(16_000)}`]) cookiePairs(header);
  assert.ok(performance.now() - begun < 100);
});
