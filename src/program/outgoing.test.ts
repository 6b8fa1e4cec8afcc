import assert from 'node:assert/strict';
import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { it } from 'node:test';
import { EnvReader } from '../gatehouse/config/env-reader.ts';
import { ATTEMPT_MS, prepareOutgoing, proxyFor, readProxies } from './outgoing.ts';

const PROXY = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'plain:2' };

for (const [env, url, expected] of [
  [PROXY, 'https://id.example.com', 'http://secure:1/'],
  [PROXY, 'http://id.example.com', 'http://plain:2/'],
  [{ HTTP_PROXY: 'plain:2' }, 'https://id.example.com', undefined],
  [{ ALL_PROXY: 'socks5://all:3' }, 'https://id.example.com', 'socks5://all:3'],
  [{}, 'https://id.example.com', undefined],
  [PROXY, 'https://localhost:5001', undefined],
  [PROXY, 'http://127.0.0.1:5001', undefined],
  [PROXY, 'http://[::1]:5001', undefined],
  [{ ...PROXY, NO_PROXY: '*' }, 'https://id.example.com', undefined],
  [{ ...PROXY, NO_PROXY: 'a, Example.com' }, 'https://id.example.com', undefined],
  [{ ...PROXY, NO_PROXY: '.example.com' }, 'https://example.com', undefined],
  [{ ...PROXY, NO_PROXY: '*.example.com' }, 'https://id.example.com', undefined],
  [{ ...PROXY, NO_PROXY: 'example.com' }, 'https://badexample.com', 'http://secure:1/'],
  [{ ...PROXY, NO_PROXY: 'example.com:443' }, 'https://example.com', undefined],
  [{ ...PROXY, NO_PROXY: 'example.com:8443' }, 'https://example.com', 'http://secure:1/'],
  [{ ...PROXY, NO_PROXY: '10.0.0.7' }, 'https://10.0.0.7', undefined],
  [{ ...PROXY, NO_PROXY: '[2001:db8::1]' }, 'https://[2001:db8::1]', undefined],
] as const) {
  it(`${JSON.stringify(env)}: ${url} is asked ${expected === undefined ? 'directly' : `through ${expected}`}`, () => {
    assert.equal(proxyFor(new URL(url), readProxies(new EnvReader(env)))?.url.href, expected);
  });
}

it('an address has more time than the 250 ms of Node, and as much as somebody asked for', async () => {
  const none = readProxies(new EnvReader({}));
  await prepareOutgoing(none);
  assert.equal(getDefaultAutoSelectFamilyAttemptTimeout(), ATTEMPT_MS);
  setDefaultAutoSelectFamilyAttemptTimeout(5000);
  await prepareOutgoing(none);
  assert.equal(getDefaultAutoSelectFamilyAttemptTimeout(), 5000);
});
