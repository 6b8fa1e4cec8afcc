import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { startTokenIssuer, type TokenIssuer } from '../../e2e/support/token-issuer.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { createDiscovery } from './discovery.ts';
import { createSigningKeys, SigningKeysUnavailableError } from './signing-keys.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function start(t: TestContext, options: { listens?: boolean } = {}) {
  const issuer = await startTokenIssuer(options);
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

  it('delay nobody for longer than once where the provider hangs', async (t) => {
    const { issuer, keys, pass } = await start(t);
    const kid = await keyIdOf(issuer);
    const known = await keys.including(kid);
    await issuer.stop();
    pass(10 * MINUTE);
    assert.equal(await keys.including(kid), known); // the attempt that finds out
    issuer.misbehave(() => undefined);
    await issuer.restart();
    pass(1000);
    const asked = issuer.requests.keys + issuer.requests.discovery;
    const answer = Promise.race([keys.including(kid), asksAgain(issuer, asked).then(() => 'hangs')]);
    assert.equal(await answer, known);
  });

  it('are looked up for an unknown key id although an attempt hangs for the others', async (t) => {
    const { issuer, keys, pass } = await start(t);
    await keys.including(undefined);
    await issuer.stop();
    pass(10 * MINUTE);
    await keys.including(undefined);
    await issuer.restart();
    await issuer.rotate();
    const kid = await keyIdOf(issuer);
    pass(1000);
    assert.equal((await keys.including(kid)).keys[0]?.kid, kid);
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

  it('come when the provider does, where it was away from the start', async (t) => {
    const { issuer, keys, pass } = await start(t, { listens: false });
    await assert.rejects(keys.including(undefined), SigningKeysUnavailableError);
    await issuer.restart();
    await assert.rejects(keys.including(undefined), SigningKeysUnavailableError, 'asked twice in a second');
    pass(1000);
    assert.equal((await keys.including(undefined)).keys.length, 1);
  });
});

/** Resolves when the issuer has been asked again: whoever waits for that answer waits for 5 s. */
function asksAgain({ requests }: TokenIssuer, before: number): Promise<void> {
  return waitFor('another request', () => requests.keys + requests.discovery > before);
}
