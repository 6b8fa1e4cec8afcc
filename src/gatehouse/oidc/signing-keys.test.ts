import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { startTokenIssuer, type TokenIssuer } from '../../../e2e/support/token-issuer.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { createDiscovery } from './discovery.ts';
import { createSigningKeys, SigningKeysUnavailableError } from './signing-keys.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function start(t: TestContext) {
  const issuer = await startTokenIssuer();
  t.after(issuer.stop);
  let time = 0;
  const now = () => time;
  const keys = createSigningKeys(createDiscovery(issuer.url, { now }), { now });
  return { issuer, keys, pass: (ms: number) => void (time += ms) };
}

async function keyIdOf(issuer: TokenIssuer): Promise<string | undefined> {
  return decodeProtectedHeader(await issuer.sign()).kid;
}

describe('signing keys', () => {
  it('are fetched once for many requests, also for those at the same time', async (t) => {
    const { issuer, keys } = await start(t);
    const kid = await keyIdOf(issuer);
    const [first, ...others] = await Promise.all([keys.including(kid), keys.including(kid)]);
    assert.deepEqual([first?.keys[0]?.kid, issuer.requests.keys], [kid, 1]);
    assert.equal(others[0], first);
    assert.equal(await keys.including(undefined), first);
    assert.equal(issuer.requests.keys, 1);
  });

  it('are looked up at once for an unknown key id, but once a second at most', async (t) => {
    const { issuer, keys, pass } = await start(t);
    await keys.including(undefined);
    await issuer.rotate();
    const kid = await keyIdOf(issuer);
    const has = async () => (await keys.including(kid)).keys.some((key) => key.kid === kid);
    pass(999);
    assert.equal(await has(), false);
    pass(1);
    assert.equal(await has(), true);
    assert.equal(issuer.requests.keys, 2);

    for (let ms = 0; ms < 3000; ms += 10) {
      pass(10);
      await Promise.all(['a', 'b', 'c'].map((unknown) => keys.including(unknown)));
    }
    assert.equal(issuer.requests.keys, 5);
  });

  it('are not asked for again while the provider owes an answer', async (t) => {
    const { issuer, keys, pass } = await start(t);
    await keys.including(undefined);
    let answer = () => {};
    issuer.misbehave((_req, res) => void (answer = () => void res.writeHead(500).end()));
    pass(1000);
    const first = keys.including('a');
    await waitFor('asked', () => issuer.requests.keys === 2);
    issuer.misbehave((_req, res) => void res.writeHead(500).end());
    pass(1000);
    const second = keys.including('b');
    answer();
    await Promise.allSettled([first, second]);
    assert.equal(issuer.requests.keys, 2);
  });

  it('are asked for anew after ten minutes, so that a withdrawn key ends', async (t) => {
    const { issuer, keys, pass } = await start(t);
    const kid = await keyIdOf(issuer);
    await keys.including(kid);
    await issuer.rotate();
    pass(10 * MINUTE - 1);
    assert.equal((await keys.including(kid)).keys[0]?.kid, kid);
    pass(1);
    assert.notEqual((await keys.including(kid)).keys[0]?.kid, kid);
  });

  it('stay for a day while the provider is away', async (t) => {
    const { issuer, keys, pass } = await start(t);
    const kid = await keyIdOf(issuer);
    const known = await keys.including(kid);
    await issuer.stop();
    pass(24 * HOUR);
    assert.equal(await keys.including(kid), known);
    await assert.rejects(keys.including('unknown'), SigningKeysUnavailableError);
    pass(1);
    await assert.rejects(keys.including(kid), SigningKeysUnavailableError);
  });

  for (const [what, status, body] of [
    ['an error', 500, '{}'],
    ['a page', 200, '<html></html>'],
    ['no keys', 200, '{"keys":[]}'],
    ['something else', 200, '{"hello":"world"}'],
  ] as const) {
    it(`are not replaced where the provider answers with ${what}`, async (t) => {
      const { issuer, keys, pass } = await start(t);
      const known = await keys.including(undefined);
      issuer.misbehave((_req, res) => void res.writeHead(status).end(body));
      pass(10 * MINUTE);
      assert.equal(await keys.including(undefined), known);
      await assert.rejects(keys.including('unknown'), SigningKeysUnavailableError);
    });
  }
});
