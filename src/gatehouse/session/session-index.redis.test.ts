import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { silent } from '../platform/logger.ts';
import { connectRedis, pingRedis, type Redis } from '../platform/redis.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createRedisSessionStore } from './redis-session-store.ts';
import { createSecretsInUse, type SecretsInUse } from './secrets-in-use.ts';
import type { SessionContent } from './session-content.ts';
import { createSessionIndex } from './session-index.ts';
import { contentWith } from './session-store.suite.ts';

const SECRETS = ['a secret of the tests and of nobody else'];
const HOUR_MS = 3_600_000;

/** Takes the steps of logins and sign-outs one by one, in every order in which they may meet. */
describe('the list of somebody’s sessions', () => {
  let redis: RedisServer;
  let client: Redis;
  let secretsInUse: SecretsInUse;
  const keys = createRedisKeys('test');
  const clock = { ms: Date.now() };
  const now = () => clock.ms;
  let given: string[] = [];
  /** Each test has a user of its own. */
  let alice = { sub: '', sid: 'at the provider' };
  before(async () => {
    redis = await startRedis();
    client = connectRedis(redisUrl(redis.url), silent);
    await waitFor('connected', () => pingRedis(client));
    secretsInUse = createSecretsInUse(client, keys, SECRETS);
  });
  beforeEach(() => {
    alice = { sub: randomUUID(), sid: randomUUID() };
    given = [];
  });
  after(async () => {
    secretsInUse.stop();
    client.destroy();
    await redis.stop();
  });

  function open(sessionsPerUser = 1000, secrets = SECRETS) {
    const session = { rollingSeconds: 86_400, absoluteSeconds: 604_800 };
    const config = { secrets, session, sessionsPerUser };
    const store = createRedisSessionStore({ client, keys, config, secretsInUse, now });
    const giveBack = (ended: readonly SessionContent[]) =>
      void given.push(...ended.flatMap(({ refresh_token: token }) => token ?? []));
    return { store, index: createSessionIndex({ client, keys, store, config, giveBack, now }) };
  }
  const seconds = () => Math.floor(now() / 1000);
  const enter = (index: ReturnType<typeof open>['index'], name: string, owner = alice) =>
    index.enter(name, owner, seconds(), now());
  async function signedIn(name: string = randomUUID(), sid = alice.sid): Promise<string> {
    const { store, index } = open();
    await enter(index, name, { ...alice, sid });
    await store.create(name, contentWith({ claims: { sub: alice.sub }, sid, refresh_token: `of ${name}` }));
    return name;
  }
  const names = async (page?: number) => (await open().index.list(alice.sub, page)).sessions.map(({ id }) => id).sort();

  it('keeps an entry whose session is not created yet, whoever looks', async () => {
    const { store, index } = open();
    const name = randomUUID();
    await enter(index, name);
    assert.deepEqual(await names(), []);
    await store.create(name, contentWith());
    assert.deepEqual(await names(), [name]);
  });

  it('strikes off what is gone for longer than a login takes', async () => {
    const { store } = open();
    const name = await signedIn();
    await store.end(name);
    await names();
    assert.notEqual(await client.zScore(keys.ofSubject(alice.sub).list, name), null);
    clock.ms += HOUR_MS + 1000;
    await names();
    assert.equal(await client.zScore(keys.ofSubject(alice.sub).list, name), null);
  });

  it('keeps a session that is sealed by a secret which another process writes with', async () => {
    const other = ['a secret that only another process has yet'];
    const announced = createSecretsInUse(client, keys, other);
    announced.announce();
    const { store, index } = open(1000, other);
    const name = randomUUID();
    await enter(index, name);
    await store.create(name, contentWith());
    clock.ms += HOUR_MS + 1000;
    assert.deepEqual(await names(), []);
    announced.stop();
    assert.deepEqual(
      (await index.list(alice.sub)).sessions.map(({ id }) => id),
      [name],
    );
  });

  it('a sign-out bars the session that is not created yet', async () => {
    for (const signOut of ['endSubject', 'endProviderSession', 'endOthers', 'revoke'] as const) {
      const { store, index } = open();
      const name = randomUUID();
      await enter(index, name);
      if (signOut === 'endSubject') await index.endSubject(alice.sub);
      if (signOut === 'endProviderSession') await index.endProviderSession(alice.sid);
      if (signOut === 'endOthers') await index.endOthers({ ...alice, name: 'mine' });
      if (signOut === 'revoke') await index.revoke({ ...alice }, name);
      assert.equal(await store.create(name, contentWith()), undefined, signOut);
      clock.ms += 5000;
    }
  });

  it('a login that enters after the sign-out is told so, unless it was begun afterwards', async () => {
    const { index } = open();
    const begunAt = now();
    clock.ms += 1000;
    await index.endSubject(alice.sub);
    assert.equal((await index.enter('a', alice, seconds(), begunAt)).wasSignedOut, true);
    clock.ms += 1;
    assert.equal((await index.enter('b', alice, seconds(), now())).wasSignedOut, false);
  });

  it('a session at the provider that has ended begins no session here, however late its login was begun', async () => {
    const { index } = open();
    await index.endProviderSession(alice.sid);
    clock.ms += 60_000;
    assert.equal((await enter(index, 'a')).wasSignedOut, true);
    assert.equal((await enter(index, 'b', { ...alice, sid: 'another' })).wasSignedOut, false);
  });

  it('finds again by its touch what a fault has lost', async () => {
    const { index } = open();
    const name = await signedIn();
    redisCli(redis.port, 'DEL', keys.ofSubject(alice.sub).list);
    assert.deepEqual(await names(), []);
    await index.enterAgain(name, alice, seconds());
    assert.deepEqual(await names(), [name]);
  });

  it('lives as long as its longest session, whichever was entered last', async () => {
    const { index } = open();
    const { list } = keys.ofSubject(alice.sub);
    await enter(index, 'new');
    const ttl = Number(redisCli(redis.port, 'TTL', list));
    await index.enterAgain('old', alice, seconds() - 600_000);
    assert.ok(Number(redisCli(redis.port, 'TTL', list)) >= ttl - 2);
  });

  it('is shown in pages, the newest first, and ended in batches: three thousand at once', async () => {
    const { store, index } = open(5000);
    const all: string[] = [];
    for (let n = 0; n < 3000; n += 1) {
      const name = `${alice.sub} ${n}`;
      all.push(name);
      await Promise.all([enter(index, name), store.create(name, contentWith({ claims: { sub: alice.sub } }))]);
      if (n % 100 === 0) clock.ms += 1000;
    }
    const first = await index.list(alice.sub, 1);
    assert.equal(first.sessions.length, 50);
    assert.equal(first.hasMore, true);
    assert.ok(first.sessions.some(({ id }) => id === all.at(-1)));
    assert.equal((await index.list(alice.sub, 60)).hasMore, false);
    assert.equal((await index.list(alice.sub, 61)).sessions.length, 0);
    assert.equal(await index.endOthers({ ...alice, name: all[1500] ?? '' }), 2999);
    assert.deepEqual(await names(), [all[1500]]);
  });

  it('has room for so many; with one more, the oldest ends', async () => {
    const { store, index } = open(2);
    const [a, b] = [await signedIn('a'), await signedIn('b')];
    clock.ms += 1000;
    const { surplus } = await enter(index, 'c');
    assert.deepEqual(surplus, [a]);
    await store.create('c', contentWith({ claims: { sub: alice.sub } }));
    assert.equal(await index.endSurplus(surplus, alice), 1);
    assert.deepEqual(await names(), [b, 'c']);
  });

  it('never counts the newest among those that are too many, though several are of one second', async () => {
    const { index } = open(2);
    for (const name of ['c', 'b']) assert.deepEqual((await enter(index, name)).surplus, []);
    assert.deepEqual((await enter(index, 'a')).surplus, ['b']);
  });

  it('gives refresh tokens back, but for those that may be of the grant of who stays', async () => {
    const { index } = open();
    const [sameGrant, other] = [await signedIn(), await signedIn(randomUUID(), 'another session at the provider')];
    await index.endOthers({ ...alice, name: 'mine' });
    assert.deepEqual(given, [`of ${other}`]);
    assert.deepEqual(await names(), []);
    assert.equal(await open().store.find(sameGrant), 'revoked');
    const last = await signedIn();
    clock.ms += 1000;
    await index.endSubject(alice.sub);
    assert.deepEqual(given, [`of ${other}`, `of ${last}`]);
  });
});
