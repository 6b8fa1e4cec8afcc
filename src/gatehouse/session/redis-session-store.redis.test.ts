import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { connectRedis, pingRedis, type Redis } from '../platform/redis.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createRedisSessionStore } from './redis-session-store.ts';
import { describeSessionStore } from './session-store.suite.ts';

const [OLD, NEW] = ['old-secret-'.repeat(4), 'new-secret-'.repeat(4)];
const LIFETIMES = { rollingSeconds: 600, absoluteSeconds: 3600 };
const keys = createRedisKeys('test');

describe('sessions in Redis', () => {
  let redis: RedisServer;
  let client: Redis;
  before(async () => {
    redis = await startRedis();
    client = connectRedis(redisUrl(redis.url), pino({ level: 'silent' }));
    await waitFor('connected', () => pingRedis(client));
  });
  after(async () => {
    client.destroy();
    await redis.stop();
  });

  const open = (secrets: readonly string[], session = LIFETIMES, now = Date.now) =>
    createRedisSessionStore({ client, keys, config: { secrets, session }, now });

  describeSessionStore('Redis', ({ now, ...session }) => open([NEW], session, now));

  const keyOf = (id: string) => keys.sessionPrefix + keys.nameOf(id);
  const secretData = { access_token: 'eyJhbGciOiJSUzI1NiJ9.very-secret', refresh_token: 'rt-secret' };

  it('keeps nothing that can be read, under names that give no cookie away', async () => {
    const id = randomUUID();
    await open([NEW]).create(id, secretData);
    for (const key of redisCli(redis.port, 'KEYS', '*').split('\n')) assert.ok(!key.includes(id), key);
    const value = (await client.get(keyOf(id))) ?? '';
    assert.match(value, /^1 \d+ [\w-]+$/);
    assert.doesNotMatch(Buffer.from(value.split(' ')[2] ?? '', 'base64url').toString('latin1'), /secret|eyJ/);
  });

  it('refuses a value that was changed, or moved from another key', async () => {
    const store = open([NEW]);
    const [mine, theirs] = [randomUUID(), randomUUID()];
    await store.create(mine, secretData);
    await store.create(theirs, { scope: 'theirs' });
    const value = (await client.get(keyOf(theirs))) ?? '';
    await client.set(keyOf(mine), value);
    assert.equal(await store.find(mine), undefined);
    for (const changed of [`${value.slice(0, -3)}xyz`, value.replace(/ [\w-]{12}/, ' AAAAAAAAAAAA'), 'rubbish', '']) {
      await client.set(keyOf(theirs), changed);
      assert.equal(await store.find(theirs), undefined, changed.slice(0, 20));
    }
  });

  it('rotates its secret without losing a session, and seals anew at the next touch', async () => {
    const clock = { ms: Date.now() };
    const now = () => clock.ms;
    const id = randomUUID();
    await open([OLD], LIFETIMES, now).create(id, secretData);

    const rotating = open([NEW, OLD], LIFETIMES, now);
    const session = await rotating.find(id);
    assert.ok(session && session !== 'revoked');
    assert.deepEqual(session.data, secretData);
    assert.equal(await open([NEW], LIFETIMES, now).find(id), undefined);
    clock.ms += 60_000;
    assert.equal(await rotating.touch(id, session), true);
    const afterwards = await open([NEW], LIFETIMES, now).find(id);
    assert.ok(afterwards && afterwards !== 'revoked');
    assert.deepEqual(afterwards.data, secretData);
  });

  it('lets Redis forget a session no later than it ends', async () => {
    const store = open([NEW]);
    const id = randomUUID();
    await store.create(id, {});
    const ttl = Number(redisCli(redis.port, 'PTTL', keyOf(id)));
    assert.ok(ttl > 590_000 && ttl <= 600_000, String(ttl));
  });
});
