import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { startRedis } from '../../../e2e/support/redis.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { connectRedis, pingRedis } from '../platform/redis.ts';
import { localProofMemory, type ProofMemory, redisProofMemory } from './proof-replay.ts';

const WINDOW_MS = 335_000;

async function startRedisMemory(t: TestContext) {
  const server = await startRedis();
  t.after(() => server.stop());
  const connect = async () => {
    const client = connectRedis(redisUrl(server.url), pino({ level: 'silent' }));
    t.after(() => client.destroy());
    await waitFor('redis connected', () => pingRedis(client));
    return client;
  };
  return { server, connect };
}

const KINDS: Record<string, (t: TestContext) => Promise<ProofMemory>> = {
  local: async () => localProofMemory(),
  redis: async (t) => redisProofMemory(await (await startRedisMemory(t)).connect()),
};
for (const [kind, create] of Object.entries(KINDS)) {
  describe(`the ${kind} proof memory`, () => {
    it('knows a proof the second time, of this key and with this jti', async (t) => {
      const isNew = await create(t);
      for (const [key, jti, expected] of [
        ...[
          ['key', 'a', true],
          ['key', 'a', false],
          ['key', 'b', true],
          ['other', 'a', true],
        ],
        ...[
          ['other', 'a', false],
          ['key","a', '', true],
          ['key', '","a', true],
          ['key', 'x'.repeat(1e5), true],
        ],
      ] as [string, string, boolean][]) {
        assert.equal(await isNew(key, jti), expected, `${key} ${jti.slice(0, 5)}`);
      }
    });

    it('lets one of many at the same time through', async (t) => {
      const isNew = await create(t);
      const answers = await Promise.all(Array.from({ length: 50 }, () => isNew('key', 'jti')));
      assert.equal(answers.filter(Boolean).length, 1);
    });
  });
}

describe('the local proof memory', () => {
  it('forgets when the proof would be too old anyway, and no sooner', async () => {
    let time = 0;
    const isNew = localProofMemory({ now: () => time });
    await isNew('key', 'jti');
    time = WINDOW_MS - 1;
    assert.equal(await isNew('key', 'jti'), false);
    time = WINDOW_MS;
    assert.equal(await isNew('key', 'jti'), true);
  });

  it('rejects new proofs when it is full, still knows the old, and has room again later', async () => {
    let time = 0;
    const isNew = localProofMemory({ limit: 2, now: () => time });
    await isNew('key', 'a');
    time = 1000;
    await isNew('key', 'b');
    await assert.rejects(isNew('key', 'c'), /set REDIS_URL/);
    assert.equal(await isNew('key', 'a'), false);
    time = WINDOW_MS;
    assert.equal(await isNew('key', 'c'), true);
    assert.equal(await isNew('key', 'b'), false);
  });

  it('has room for others where one key has used up its own', async () => {
    let time = 0;
    const isNew = localProofMemory({ limit: 10, perKey: 2, now: () => time });
    await isNew('greedy', 'a');
    await isNew('greedy', 'b');
    await assert.rejects(isNew('greedy', 'c'), /2 DPoP proofs/);
    assert.equal(await isNew('another', 'a'), true);
    time = WINDOW_MS;
    assert.equal(await isNew('greedy', 'c'), true);
  });
});

describe('the redis proof memory', () => {
  it('is one for all processes, keeps no proof in clear and forgets by itself', async (t) => {
    const { server, connect } = await startRedisMemory(t);
    const client = await connect();
    const [one, other] = [redisProofMemory(client), redisProofMemory(await connect())];
    assert.equal(await one('key', 'jti'), true);
    assert.equal(await other('key', 'jti'), false);
    const [key = '', ...more] = redisCli(server.port, 'KEYS', '*').trim().split('\n');
    assert.deepEqual(more, []);
    assert.doesNotMatch(key, /jti/);
    const left = Number(redisCli(server.port, 'PTTL', key));
    assert.ok(left > WINDOW_MS - 60_000 && left <= WINDOW_MS, `${left} ms`);
  });

  it('cannot tell, within a second, while redis hangs', async (t) => {
    const { server, connect } = await startRedisMemory(t);
    const isNew = redisProofMemory(await connect());
    server.program.process.kill('SIGSTOP');
    const begun = performance.now();
    await assert.rejects(isNew('key', 'jti'), { reason: 'NO_ANSWER' });
    assert.ok(performance.now() - begun < 1000);
    server.program.process.kill('SIGCONT');
  });
});
