import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { UnsecuredJWT } from 'jose';
import { type RedisServer, startRedis } from '../../../e2e/support/redis.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { SessionUnreadableError } from '../errors/session-store-unavailable.ts';
import { silent } from '../platform/logger.ts';
import { connectRedis, pingRedis, type Redis } from '../platform/redis.ts';
import { createRedisKeys } from './redis-keys.ts';
import { createSecretsInUse, type SecretsInUse } from './secrets-in-use.ts';
import { createRedisSessionStore } from './redis-session-store.ts';
import { createSessionCipher } from './session-cipher.ts';
import { begin, contentWith, describeSessionStore } from './session-store.suite.ts';

const [OLD, NEW] = ['old-secret-'.repeat(4), 'new-secret-'.repeat(4)];
const LIFETIMES = { rollingSeconds: 600, absoluteSeconds: 3600 };
const keys = createRedisKeys('test');

describe('sessions in Redis', () => {
  let redis: RedisServer;
  let client: Redis;
  let secretsInUse: SecretsInUse;
  before(async () => {
    redis = await startRedis();
    client = connectRedis(redisUrl(redis.url), silent);
    await waitFor('connected', () => pingRedis(client));
    secretsInUse = createSecretsInUse(client, keys, [NEW]);
  });
  after(async () => {
    secretsInUse.stop();
    client.destroy();
    await redis.stop();
  });

  const open = (secrets: readonly string[], session = LIFETIMES, now = Date.now) =>
    createRedisSessionStore({ client, keys, secretsInUse, config: { secrets, session }, now });

  describeSessionStore('Redis', ({ now, ...session }) => open([NEW], session, now));

  const keyOf = (name: string) => keys.sessionPrefix + name;
  const valueOf = async (name: string) => (await client.get(keyOf(name))) ?? '';
  const secretContent = contentWith({
    access_token: 'eyJhbGciOiJSUzI1NiJ9.very-secret',
    refresh_token: 'rt-secret',
    data: { note: 'very-secret' },
  });

  it('keeps nothing that can be read', async () => {
    const name = randomUUID();
    await open([NEW]).create(name, secretContent);
    const value = await valueOf(name);
    assert.match(value, /^2 1 \d+ [\w-]+$/);
    assert.doesNotMatch(Buffer.from(value.split(' ')[3] ?? '', 'base64url').toString('latin1'), /secret|eyJ|alice/);
  });

  it('refuses a value that was changed, or moved from another key', async () => {
    const store = open([NEW]);
    const [mine, theirs] = [randomUUID(), randomUUID()];
    await store.create(mine, secretContent);
    await store.create(theirs, contentWith({ scope: 'theirs' }));
    const value = await valueOf(theirs);
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
    const name = randomUUID();
    await open([OLD], LIFETIMES, now).create(name, secretContent);

    const rotating = open([NEW, OLD], LIFETIMES, now);
    const session = await rotating.find(name);
    assert.ok(session && session !== 'revoked');
    assert.deepEqual(session.content, secretContent);
    assert.equal(await open([NEW], LIFETIMES, now).find(name), undefined);
    clock.ms += 60_000;
    assert.equal((await rotating.touch(session))?.isOldSeal, false);
    const afterwards = await open([NEW], LIFETIMES, now).find(name);
    assert.ok(afterwards && afterwards !== 'revoked');
    assert.deepEqual(afterwards.content, secretContent);
  });

  it('lets Redis forget a session no later than it ends', async () => {
    const store = open([NEW]);
    const name = randomUUID();
    await store.create(name, contentWith());
    const ttl = Number(redisCli(redis.port, 'PTTL', keyOf(name)));
    assert.ok(ttl > 590_000 && ttl <= 600_000, String(ttl));
  });

  describe('of the release before, in format 1', () => {
    const clock = { ms: Date.now() };
    const store = () => open([NEW], LIFETIMES, () => clock.ms);
    const idToken = new UnsecuredJWT({ sub: 'local|alice', name: 'Alice' }).encode();
    const content = contentWith({
      claims: { sub: 'local|alice', name: 'Alice', email: 'a@b.example' },
      id_token: idToken,
    });

    /** Leaves a session as that release did at its `version`th write; stored-session.test.ts has real ones. */
    async function leave(version: number): Promise<string> {
      const name = randomUUID();
      const { claims: _claims, ...data } = content;
      const at = Math.floor(clock.ms / 1000);
      const userinfo = { email: 'a@b.example' };
      const sealed = createSessionCipher([NEW]).seal(
        JSON.stringify({ createdAt: at, data: { ...data, userinfo } }),
        name,
      );
      const expiration = { type: 'EX', value: LIFETIMES.rollingSeconds } as const;
      await client.set(keyOf(name), `${version} ${at} ${sealed}`, { expiration });
      return name;
    }

    async function found(name: string) {
      const session = await store().find(name);
      assert.ok(session && session !== 'revoked');
      return session;
    }

    it('a touch leaves the format as it is, the first write is in format 2, and both work', async () => {
      const name = await leave(4);
      const before = await valueOf(name);
      const read = await found(name);
      assert.deepEqual(read.content, content);

      clock.ms += 60_000;
      const touched = await store().touch(read);
      assert.equal(await valueOf(name), before.replace(`4 ${read.touchedAt} `, `4 ${read.touchedAt + 60} `));
      assert.deepEqual(touched, await found(name));
      assert.ok(touched);

      const written = await store().update(touched, (draft) => (draft.data = { theme: 'dark' }));
      assert.match(await valueOf(name), new RegExp(`^2 5 ${touched.touchedAt} [\\w-]+$`));
      assert.deepEqual(written, await found(name));
      assert.deepEqual((await found(name)).content, { ...content, data: { theme: 'dark' } });
      assert.equal((await found(name)).createdAt, read.createdAt);

      clock.ms += 60_000;
      assert.deepEqual(await store().touch(await found(name)), await found(name));
    });

    it('keeps what several write at once at the very first write, whatever its version was', async () => {
      for (const version of [1, 2, 3, 22]) {
        const name = await leave(version);
        const read = await found(name);
        const fields = ['a', 'b', 'c'];
        await Promise.all(
          fields.map((field) => store().update(read, (draft) => (draft.data = { ...draft.data, [field]: 1 }))),
        );
        assert.deepEqual((await found(name)).content.data, { a: 1, b: 1, c: 1 }, `version ${version}`);
      }
    });
  });

  it('leaves what a newer release has written alone, and says that it cannot be read, not that it is gone', async () => {
    const store = open([NEW]);
    const name = randomUUID();
    const read = await begin(store, name, contentWith());
    const value = `3 2 ${read.touchedAt} of-a-newer-release`;
    await client.set(keyOf(name), value, { expiration: { type: 'EX', value: 500 } });
    await assert.rejects(store.find(name), SessionUnreadableError);
    await assert.rejects(
      store.update(read, () => {}),
      SessionUnreadableError,
    );
    assert.equal(await valueOf(name), value);
    // The store can end a session that it cannot read.
    await store.revoke(name);
    assert.equal(await store.find(name), 'revoked');
  });
});
