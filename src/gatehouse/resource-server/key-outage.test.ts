import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { assertRefused, startTestApi } from '../../../e2e/support/resource-server.ts';
import { startTokenIssuer } from '../../../e2e/support/token-issuer.ts';

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;

async function start(t: TestContext, options: { listens?: boolean } = {}) {
  const issuer = await startTokenIssuer(options);
  t.after(issuer.stop);
  let time = Date.now();
  const api = await startTestApi(issuer.url, { now: () => time });
  t.after(api.stop);
  const status = async (token: string) => (await api.bearer('/api/private', token)).status;
  return { issuer, api, status, pass: (ms: number) => void (time += ms) };
}

describe('while the signing keys cannot be fetched', () => {
  it('a good token is no bad one: 503 and a time to come back, and 200 when the issuer is there', async (t) => {
    const { issuer, api, status, pass } = await start(t, { listens: false });
    const token = await issuer.sign();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      assertRefused(await api.bearer('/api/private', token), 'signing_key_unavailable');
    }
    assertRefused(await api.get('/api/private'), 'unauthorized');
    assert.equal((await api.get('/api/public')).status, 200);
    await issuer.restart();
    pass(SECOND);
    assert.equal(await status(token), 200);
  });

  it('the last good keys do, and say nothing of unknown ones', async (t) => {
    const { issuer, api, status, pass } = await start(t);
    const token = await issuer.sign();
    const unknown = await issuer.sign({}, { header: { kid: 'unknown' } });
    assert.equal(await status(token), 200);
    await issuer.stop();
    pass(HOUR);
    assert.equal(await status(token), 200);
    assertRefused(await api.bearer('/api/private', unknown), 'signing_key_unavailable');
    assert.equal(await status(token), 200);
    await issuer.restart();
    pass(SECOND);
    assert.equal(await status(token), 200);
    assertRefused(await api.bearer('/api/private', unknown), 'invalid_token');
  });

  it('and the issuer hangs, nobody waits for it whose key is known', async (t) => {
    const { issuer, status, pass } = await start(t);
    const token = await issuer.sign();
    assert.equal(await status(token), 200);
    await issuer.stop();
    pass(HOUR);
    assert.equal(await status(token), 200);
    issuer.misbehave(() => undefined);
    await issuer.restart();
    pass(HOUR);
    const begun = performance.now();
    for (let request = 0; request < 3; request += 1) assert.equal(await status(token), 200);
    assert.ok(performance.now() - begun < 2000, 'waited for the issuer');
  });
});

describe('when the issuer changes its key', () => {
  it('a token of the new one is good at once, and of the old one no longer', async (t) => {
    const { issuer, api, status, pass } = await start(t);
    const old = await issuer.sign();
    assert.equal(await status(old), 200);
    await issuer.rotate();
    pass(SECOND);
    assert.equal(await status(await issuer.sign()), 200);
    assertRefused(await api.bearer('/api/private', old), 'invalid_token');
  });
});
