import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type FaultServer, startFaultServer } from '../../../e2e/support/fault-server.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import type { CatalogueError } from '../errors/catalogue-error.ts';
import { assertIsOf, createDiscovery } from './discovery.ts';

const TEN_MINUTES_MS = 600_000;

describe('discovery', () => {
  let provider: FaultServer;
  let answers: number;
  let healthy: boolean;
  // Each test has its own server, so a late request from one test's discovery does not count in the next.
  beforeEach(async () => {
    provider = await startFaultServer();
    answers = 0;
    healthy = true;
    provider.answer((_req, res) => {
      answers += 1;
      res.setHeader('content-type', 'application/json');
      if (healthy) res.end(JSON.stringify({ issuer: provider.url, token_endpoint: `/${answers}` }));
      else res.writeHead(503).end('{}');
    });
  });
  afterEach(() => provider.stop());

  it('asks once for all who want to know', async () => {
    const discovery = createDiscovery(provider.url);
    await Promise.all(Array.from({ length: 10 }, () => discovery.metadata()));
    assert.equal(provider.requests.length, 1);
  });

  it('a fault that passes in a moment is not noticed, one that lasts is told, and not remembered', async () => {
    healthy = false;
    const discovery = createDiscovery(provider.url);
    await assert.rejects(discovery.metadata());
    assert.ok(provider.requests.length > 2 && provider.requests.length < 8);
    const passing = discovery.metadata();
    healthy = true;
    assert.equal((await passing).issuer, provider.url);
  });

  it('once known nobody waits for it again, and it serves for as long as the provider is away', async () => {
    let now = 0;
    const discovery = createDiscovery(provider.url, { now: () => now });
    const first = await discovery.metadata();
    now += TEN_MINUTES_MS - 1;
    assert.equal(await discovery.metadata(), first);
    assert.equal(provider.requests.length, 1);
    now += 1;
    assert.equal(await discovery.metadata(), first);
    await waitFor('the look behind their backs', async () => (await discovery.metadata()) !== first);
    healthy = false;
    now += 10 * TEN_MINUTES_MS;
    assert.equal((await discovery.metadata()).issuer, provider.url);
  });

  it('keeps away from a provider that says 429, for as long as it says', async () => {
    let now = 0;
    provider.answer((_req, res) => res.writeHead(429, { 'retry-after': '20' }).end());
    const discovery = createDiscovery(provider.url, { now: () => now });
    await assert.rejects(discovery.metadata());
    await assert.rejects(discovery.metadata());
    assert.equal(provider.requests.length, 1);
    now += 25_000;
    await assert.rejects(discovery.metadata());
    assert.equal(provider.requests.length, 2);
  });
});

describe('a discovery document', () => {
  const of = (issuer: string, more = {}) => ({ issuer, token_endpoint: 'https://id.example.com/token', ...more });
  for (const [what, issuer, document, words] of [
    ['of another issuer', 'https://id.example.com', of('https://other.example'), /not https:\/\/id\.example\.com/],
    ['of a template', 'https://id.example.com', of('https://id.example.com/{tenant}'), /issuer of one tenant/],
    [
      'with plain http behind https',
      'https://id.example.com',
      of('https://id.example.com', { jwks_uri: 'http://id.example.com/jwks' }),
      /jwks_uri .*plain http: does TLS end at a proxy/,
    ],
  ] as const) {
    it(`${what} is refused, with what to look at`, () => {
      assert.throws(
        () => assertIsOf(issuer, document),
        ({ code, cause }: CatalogueError) => code === 'PROVIDER_MISCONFIGURED' && words.test((cause as Error).message),
      );
    });
  }

  it('is taken with a slash at the issuer’s end, with addresses on another host, and plain on this machine', () => {
    assertIsOf('https://id.example.com', of('https://id.example.com/', { jwks_uri: 'https://keys.example.net/' }));
    assertIsOf('http://localhost:5001', of('http://localhost:5001', { jwks_uri: 'http://localhost:5001/jwks' }));
  });
});
