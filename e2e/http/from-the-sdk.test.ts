import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { HttpClient } from '../support/http-client.ts';
import type { Program } from '../support/program.ts';
import { startRedis } from '../support/redis.ts';
import { SDK_FOLDER, type SdkHost, startSdkHost } from '../support/sdk-host.ts';
import { SDK_STEPS } from '../support/sdk-steps.ts';
import { type SdkVisit, visitTo } from '../support/sdk-visit.ts';

/** The same steps are taken with the app before and after. */
let sdk: SdkHost;
let visit: SdkVisit;
/** Signed in while the app was the old one. */
let whoStays: HttpClient;

before(async () => {
  sdk = await startSdkHost({ 'eight-lines.ts': codeOfGuide('ts') });
  visit = visitTo(sdk);
});
after(() => sdk.stop());

describe('an app that comes from express-openid-connect', () => {
  it('passes a strict compiler before and after, with the types of every package checked', () => {
    assert.equal(sdk.compileErrors, '');
  });

  it('may be CommonJS', async () => {
    assert.equal(await sdk.host.run('host.cjs'), 'ConfigError LoginRefused gatehouse requireToken\n');
  });

  it('is changed by exactly what the documentation shows', async () => {
    assert.equal(codeOfGuide('diff'), await diff('before.ts', 'after.ts'));
  });

  it('is eight lines at first', () => {
    assert.equal(codeOfGuide('ts').trimEnd().split('\n').length, 8);
  });
});

/** The first block of code in this language that the guide shows. */
function codeOfGuide(language: string): string {
  const blocks = readFileSync('docs/existing-app.md', 'utf8').split('```');
  const block = blocks.find((text) => text.startsWith(`${language}\n`));
  assert.ok(block, `no ${language} in the guide`);
  return block.slice(language.length + 1);
}

/** Returns the difference without the line of hashes, whose length depends on the repository. */
async function diff(...files: readonly [string, string]): Promise<string> {
  const settings = ['diff.noprefix', 'diff.mnemonicPrefix'].flatMap((name) => ['-c', `${name}=false`]);
  const options = ['--no-index', '--no-color', '--no-ext-diff', '--diff-algorithm=myers', '--unified=3'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile('git', [...settings, 'diff', ...options, ...files], { cwd: SDK_FOLDER }, (error, stdout, stderr) => {
      // Code 1 means that they differ.
      if (error && error.code !== 1) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  return output.replace(/^index .*\n/m, '');
}

const STAYS = { sub: 'local|alice', name: 'Alice Adams', email: 'alice@example.com', theme: 'light' };

describe('before.ts, on express-openid-connect,', () => {
  useApp('before.js', () => sdk.envBefore);
  for (const { does, take, sees } of SDK_STEPS) it(does, async () => assert.deepEqual(await take(visit), sees));

  it('signs somebody in who stays', async () => {
    whoStays = await visit.signedIn('alice');
    assert.deepEqual(await visit.seen(await whoStays.get(sdk.url)), [200, 'Hello, Alice Adams!']);
  });

  it('writes every login down', assertWritten);
});

for (const kind of ['in cookies', 'in Redis'] as const) {
  describe(`after.ts, on Gatehouse with sessions ${kind},`, () => {
    useApp('after.js', () => sdk.envAfter, kind);

    if (kind === 'in cookies') {
      it('asks whoever was signed in before for one more sign-in, without a password where the provider knows them', async () => {
        assert.deepEqual(await visit.seen(await whoStays.get(sdk.url)), [200, 'Hello, stranger!']);
        const page = await whoStays.follow(await whoStays.get(`${sdk.url}/profile`));
        assert.deepEqual(await visit.seen(page), [200, STAYS]);
      });
    }

    for (const { does, take, sees, afterwards } of SDK_STEPS) {
      const name = afterwards ? `${does}: otherwise now, because ${afterwards.because}` : does;
      it(name, async () => assert.deepEqual(await take(visit), afterwards ? afterwards.sees : sees));
    }

    it('writes every login down', assertWritten);
  });
}

async function assertWritten(): Promise<void> {
  const rows = () => readFileSync(join(sdk.host.path, 'logins.csv'), 'utf8').trimEnd().split('\n');
  const before = rows();
  await visit.signedIn('carol');
  assert.deepEqual(rows(), [...before, 'local|carol,Carol Admin']);
}

/** Runs the app for the tests of a `describe`, and expects it to end in order. */
function useApp(script: string, env: () => Record<string, string>, kind: 'in cookies' | 'in Redis' = 'in cookies') {
  let app: Program | undefined;
  let stopRedis = async () => {};
  before(async () => {
    const redis = kind === 'in Redis' ? await startRedis() : undefined;
    if (redis) stopRedis = () => redis.stop();
    app = await sdk.host.start(script, { ...env(), ...(redis && { REDIS_URL: redis.url }) });
  });
  after(async () => {
    const code = await app?.stop();
    await stopRedis();
    assert.deepEqual([code, app?.output()], [0, `ready on ${new URL(sdk.url).port}\n`]);
  });
}
