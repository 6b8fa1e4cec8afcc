import assert from 'node:assert/strict';
import { it } from 'node:test';
import { explainNetwork } from './network.ts';

it('a host none of whose addresses answers in time is told with these, and what helps on slow lines', () => {
  // The error that Node throws when it has given up on every address.
  const timeouts = ['2001:db8::1', '192.0.2.1'].map((address) =>
    Object.assign(new Error(`connect ETIMEDOUT ${address}:443`), { code: 'ETIMEDOUT', address, port: 443 }),
  );
  const cause = Object.assign(new AggregateError(timeouts), { code: 'ETIMEDOUT' });
  const error = new TypeError('fetch failed', { cause });
  const { message, mend } = explainNetwork(error, 'https://id.example.com', 'ISSUER_BASE_URL');
  assert.equal(message, 'id.example.com does not answer in time at any of its addresses (2001:db8::1, 192.0.2.1)');
  assert.match(mend, /--network-family-autoselection-attempt-timeout=.*ipv4first/);
});
