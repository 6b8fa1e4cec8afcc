import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it, type TestContext } from 'node:test';
import { startApp } from '../support/app.ts';
import { createHttpClient } from '../support/http-client.ts';
import { deliver, tokensOf } from '../support/logout-tokens.ts';
import { startProgram } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { redisCli, startRedisCluster } from '../support/redis-cluster.ts';
import { signedInAs } from '../support/sign-in.ts';

const PASSWORD = 'redis-password-of-the-tests-and-of-nobody-else';
const JSON_ONLY = { accept: 'application/json' };
const DOCS = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');

interface Row {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly mend: string | null;
}

/** Starts a Redis with a user that has the rights of docs/redis.md, and then `more`. */
async function startRestricted(t: TestContext, ...more: string[]): Promise<RedisServer & { readonly userUrl: string }> {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const [line = ''] = /^ACL SETUSER .*$/m.exec(DOCS) ?? [];
  const words = line.replace('>password', `>${PASSWORD}`).split(' ');
  assert.equal(redisCli(redis.port, ...words, ...more).trim(), 'OK');
  return { ...redis, userUrl: `redis://${words[2] ?? ''}:${PASSWORD}@127.0.0.1:${redis.port}` };
}

/** Runs the doctor on this Redis. */
async function doctor(url: string): Promise<(name: string) => Row> {
  const env = { REDIS_URL: url, ISSUER_BASE_URL: 'http://localhost:1', AUTH0_CLIENT_ID: 'client' };
  const program = startProgram(process.execPath, ['dist/doctor.js', '--json'], { env });
  await program.ended;
  assert.ok(!program.output().includes(PASSWORD));
  const { checks } = JSON.parse(program.output()) as { checks: Row[] };
  return (name) => checks.find((row) => row.name === name) ?? assert.fail(`no ${name} in ${program.output()}`);
}

/** The commands that Redis refused this user, except `CLIENT`: node-redis sends its name and ignores a refusal. */
function refused({ port }: RedisServer): string[] {
  const log = JSON.parse(redisCli(port, '--json', 'ACL', 'LOG')) as { object: string }[];
  return log.map(({ object }) => object).filter((object) => !object.startsWith('client'));
}

it('the rights in docs/redis.md are enough for all that the app does, and doctor says so', async (t) => {
  const redis = await startRestricted(t);
  const app = await startApp({ env: { REDIS_URL: redis.userUrl, AUTH0_AUDIENCE: 'https://api.gatehouse.test' } });
  const api = await app.startApi();
  t.after(() => Promise.all([api.stop(), app.stop()]));
  const [here, other] = [await signedInAs(app), await signedInAs(app)];
  const headers = { 'sec-fetch-site': 'same-origin' };
  const refresh = await here.send(`${app.url}/api-call/refresh`, { method: 'POST', headers });
  assert.ok(refresh.status < 400, String(refresh.status));
  const list = (await (await here.get(`${app.url}/sessions`, JSON_ONLY)).json()) as { sessions: unknown[] };
  assert.equal(list.sessions.length, 2);
  const everywhere = await here.send(`${app.url}/sessions/revoke-others`, { method: 'POST', headers });
  assert.equal(everywhere.status, 303);
  assert.equal((await other.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  const token = await (await tokensOf(app))({ sub: 'local|alice' });
  assert.equal((await deliver(app, token)).status, 204);
  assert.equal((await here.get(`${app.url}/profile`, JSON_ONLY)).status, 401);
  const third = await signedInAs(app);
  assert.equal((await third.get(`${app.url}/logout`)).status, 302);
  assert.equal((await createHttpClient().get(`${app.url}/ready`)).status, 200);
  assert.deepEqual(refused(redis), []);

  const keys = () => redisCli(redis.port, 'KEYS', '*').split('\n');
  const before = keys();
  const row = await doctor(redis.userUrl);
  assert.equal(row('redis').status, 'ok', row('redis').message);
  assert.equal(row('redis writes').status, 'ok', row('redis writes').message);
  const added = keys().filter((key) => !before.includes(key));
  assert.deepEqual(added, []);
});

for (const [what, rights, told] of [
  ['scripts', ['-eval'], /eval/],
  ['sorted sets', ['-@sortedset'], /zrange, zscore.*zrangebyscore.*script/],
  ['what only scripts do', ['-zadd'], /script/],
  ['deleting', ['-del'], /\bdel\b/],
  ['lists of sessions', ['-zscore', '-zrangebyscore'], /zscore, zrangebyscore/],
  ['its keys', ['resetkeys', '~other:*'], /key/],
] as const) {
  it(`doctor tells a user that has no right to ${what}, and leaves nothing behind`, async (t) => {
    const redis = await startRestricted(t, ...rights);
    const row = (await doctor(redis.userUrl))('redis writes');
    assert.equal(row.status, 'failed');
    assert.match(row.message, told);
    assert.match(row.mend ?? '', /docs\/redis\.md/);
    assert.equal(redisCli(redis.port, 'DBSIZE').trim(), '0');
  });
}

it('doctor tells a cluster that is addressed as one server, whichever node it is, and the reverse', async (t) => {
  const cluster = await startRedisCluster();
  t.after(() => cluster.stop());
  for (const host of cluster.url.replace(/^.*\//, '').split(',')) {
    const row = (await doctor(`redis://${host}`))('redis');
    assert.equal(row.status, 'failed', row.message);
    assert.equal(row.mend, `Write redis+cluster://${host}`);
  }
  const redis = await startRedis();
  t.after(() => redis.stop());
  for (const [kind, path] of [
    ['cluster', ''],
    ['sentinel', '/main'],
  ] as const) {
    const row = (await doctor(`redis+${kind}://127.0.0.1:${redis.port}${path}`))('redis');
    assert.equal(row.status, 'failed');
    assert.match(row.mend ?? '', new RegExp(`rite redis://127.0.0.1:${redis.port}$`));
  }
});
