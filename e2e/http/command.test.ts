import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../support/app.ts';
import { startProgram } from '../support/program.ts';
import { startRedis } from '../support/redis.ts';
import { signedInAs } from '../support/sign-in.ts';

async function gatehouse(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = startProgram(process.execPath, ['dist/command.js', ...args], { env });
  return { code: await program.ended, output: program.output() };
}

it('gatehouse --help names every command, and what is none is one line', async () => {
  const { code, output } = await gatehouse(['--help']);
  assert.equal(code, 0);
  for (const name of ['doctor', 'token', 'provider', 'sessions end --sub X']) assert.ok(output.includes(name), name);
  for (const args of [[], ['nonsense'], ['sessions'], ['sessions', 'end'], ['doctor', '--what']]) {
    const wrong = await gatehouse(args);
    assert.equal(wrong.code, 2, args.join(' '));
    assert.equal(wrong.output.trim().split('\n').length, 1, wrong.output);
  }
});

it('gatehouse sessions end signs a user out everywhere, and nobody else', async () => {
  const redis = await startRedis();
  const app = await startApp({ env: { REDIS_URL: redis.url } });
  try {
    const [one, two, bob] = [await signedInAs(app), await signedInAs(app), await signedInAs(app, 'bob')];
    const { code, output } = await gatehouse(['sessions', 'end', '--sub', 'local|alice'], app.env);
    assert.equal(code, 0, output);
    assert.match(output, /^2 sessions ended of local\|alice/m);
    const statusOf = async (client: typeof one) =>
      (await client.get(`${app.url}/profile`, { accept: 'application/json' })).status;
    assert.deepEqual([await statusOf(one), await statusOf(two), await statusOf(bob)], [401, 401, 200]);
    const none = await gatehouse(['sessions', 'end', '--sub', 'x'], { ...app.env, REDIS_URL: '' });
    assert.deepEqual([none.code, none.output.trim().split('\n').length], [1, 1]);
  } finally {
    await app.stop();
    await redis.stop();
  }
});

it('gatehouse doctor examines an app that has mounted the library, and no API', async () => {
  const app = await startApp();
  try {
    const { code, output } = await gatehouse(['doctor', '--json'], app.env);
    assert.equal(code, 0, output);
    const { checks } = JSON.parse(output) as { checks: { name: string; status: string }[] };
    assert.equal(checks.find(({ name }) => name === 'callback')?.status, 'ok');
    assert.equal(checks.find(({ name }) => name === 'api')?.status, 'skipped');
  } finally {
    await app.stop();
  }
});
