import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createGate, holding } from '../../../e2e/support/provider-faults.ts';
import { type Got, startTokenApp, type TokenApp, tokenUser } from '../../../e2e/support/token-app.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';

const JSON_ONLY = { accept: 'application/json' };
const TOKEN = '/token';

describe('access tokens, shared in Redis', () => {
  let redis: RedisServer;
  let app: TokenApp;
  before(async () => {
    redis = await startRedis();
    app = await startTokenApp({ REDIS_URL: redis.url });
  });
  after(async () => {
    await app.stop();
    await redis.stop();
  });
  beforeEach(() => {
    app.faults.reset();
    app.events.length = 0;
  });

  it('thirty parallel requests on two processes cost one token request', async () => {
    const second = await app.another();
    const user = await tokenUser(app);
    for (let round = 0; round < 3; round += 1) {
      await user.expire();
      app.faults.reset();
      const got = await Promise.all(Array.from({ length: 30 }, (_, n) => user.token('', n % 2 ? app.url : second.url)));
      assert.deepEqual([...new Set(got.map(({ outcome }) => outcome))], ['token']);
      assert.equal(new Set(got.map(({ value }) => value)).size, 1);
      assert.equal(app.faults.count(TOKEN), 1);
    }
    assert.deepEqual(app.events, []);
    await second.stop();
  });

  it('Redis lost in the middle of a refresh: the new tokens are stored when it is back', async () => {
    const user = await tokenUser(app);
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.client.get(`${app.url}/test/token`, JSON_ONLY);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    redis.pause();
    gate.open();
    const response = await page;
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { error: string }).error, 'SESSION_STORE_UNAVAILABLE');
    redis.resume();
    await app.inside.accessTokens.settled();
    await waitFor('sessions', async () => (await user.token()).outcome === 'token');
    assert.equal(app.faults.count(TOKEN), 1);
    assert.equal((await user.token('force')).outcome, 'token');
    assert.deepEqual(app.events, []);
  });

  it('a session that ends in the middle of a refresh stays ended, and its new refresh token is revoked', async () => {
    const user = await tokenUser(app);
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.token();
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    await user.client.get(`${app.url}/logout`);
    gate.open();
    await page;
    await app.inside.accessTokens.settled();
    assert.equal(app.faults.count('/token/revocation'), 2);
    assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('a session that is revoked in the middle of a refresh is told so, and stays ended', async () => {
    const [user, other] = [await tokenUser(app), await tokenUser(app)];
    await user.expire();
    app.faults.reset();
    const gate = createGate();
    app.faults.on(TOKEN, holding(gate.opened));
    const page = user.client.get(`${app.url}/test/page?audience=`);
    await waitFor('the token request', () => app.faults.count(TOKEN) === 1);
    await other.client.postForm(`${app.url}/sessions/revoke-others`, {});
    gate.open();
    const response = await page;
    assert.equal(response.status, 401);
    assert.match(await response.text(), /You were signed out/);
    assert.equal((await user.client.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  });

  it('a slow request does not bring back the tokens that a fast one has replaced', async () => {
    const user = await tokenUser(app);
    const gates = [createGate(), createGate()];
    for (const gate of gates) {
      await user.expire();
      app.faults.on(TOKEN, holding(gate.opened));
      const slow = user.token();
      await waitFor('the token request', () => app.faults.count(TOKEN) > 0);
      gate.open();
      assert.equal((await slow).outcome, 'token');
      app.faults.reset();
    }
    const got: Got = await user.token('force');
    assert.equal((await user.token()).value, got.value);
    assert.deepEqual(app.events, []);
  });
});
