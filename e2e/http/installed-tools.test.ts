import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findChromium } from '../support/find-tools.ts';
import { endOf, type ForeignFolder, installPackage } from '../support/foreign-folder.ts';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { signIn } from '../support/sign-in.ts';
import { TOOLS_HOST } from '../support/tools-host.ts';
import { waitFor } from '../support/wait-for.ts';

let host: ForeignFolder;
before(async () => {
  host = await installPackage(TOOLS_HOST, { 'oidc-provider': '*', playwright: '*', supertest: '7.3.2' });
});
after(() => host.remove());

it('gatehouse/testing, installed, signs users in for the tests of an app: fetch, supertest, Playwright', async () => {
  const env = { CHROMIUM: findChromium() ?? '' };
  const tests = startProgram(process.execPath, ['--test', '--test-reporter=tap', 'app.test.js'], {
    cwd: host.path,
    env,
  });
  assert.equal(await endOf(tests, 60_000), 0, tests.output());
  assert.match(tests.output(), /^# pass 4$/m);
});

describe('npx gatehouse, with what is in .env,', () => {
  let redis: RedisServer;
  let provider: Program;
  let app: Program | undefined;
  let url: string;
  before(async () => {
    redis = await startRedis();
    const [port = 0, providerPort = 0] = await freePorts(2);
    url = `http://localhost:${port}`;
    const dotenv = join(host.path, '.env');
    const own = [
      ...[`PORT=${port}`, `PROVIDER_PORT=${providerPort}`, `REDIS_URL=${redis.url}`],
      ...['AUTH0_AUDIENCE=https://api.gatehouse.test', 'AUTH0_SECRET=session-secret-of-the-tests-and-of-nobody-else'],
    ];
    writeFileSync(dotenv, `${own.join('\n')}\n`);
    // Started without npx in between, so that it can be stopped.
    provider = startProgram(process.execPath, ['node_modules/.bin/gatehouse', 'provider'], { cwd: host.path });
    await waitFor('the provider', () => /Ctrl-C stops it/.test(provider.output()));
    // The settings that, as it says, the app needs.
    const told = [...provider.output().matchAll(/^ {2}([A-Z0-9_]+=\S+)$/gm)].map(([, line]) => line);
    appendFileSync(dotenv, `${told.join('\n')}\n`);
    app = await host.start('server.js', {});
  });
  after(async () => {
    const codes = await Promise.all([app?.stop(), provider.stop()]);
    await redis.stop();
    assert.deepEqual(codes, [0, 0]);
  });

  it('doctor finds that logins can work, for people and for programs', async () => {
    const { code, output } = await host.command(['doctor', '--json']);
    assert.equal(code, 0, output);
    const { checks } = JSON.parse(output) as { checks: { name: string; status: string }[] };
    const statusOf = (name: string) => checks.find((check) => check.name === name)?.status;
    for (const name of ['provider', 'client', 'callback']) assert.equal(statusOf(name), 'ok', output);
    assert.equal(statusOf('api'), 'skipped');
    const text = await host.command(['doctor']);
    assert.equal(text.code, 0, text.output);
    assert.match(text.output, /^✔ callback +http:\/\/localhost:\d+\/callback/m);
  });

  it('doctor says what to mend', async () => {
    const { code, output } = await host.command(['doctor'], { AUTH0_REDIRECT_URI: 'http://localhost:1/callback' });
    assert.equal(code, 1, output);
    assert.match(output, /^✖ callback .*not registered[^]*→ Add http:\/\/localhost:1\/callback/m);
  });

  it('token gives an access token that an API takes', async () => {
    const { code, output } = await host.command(['token', '--user', 'bob', '--scope', 'read:messages']);
    assert.equal(code, 0, output);
    const [token = ''] = /^ey\S+$/m.exec(output) ?? [];
    const answer = await fetch(`${url}/api`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, await answer.json()], [200, 'local|bob']);
  });

  it('sessions end signs a user out everywhere', async () => {
    const browsers = [createHttpClient(), createHttpClient()];
    for (const browser of browsers) assert.equal((await signIn(browser, `${url}/account`)).status, 200);
    const { code, output } = await host.command(['sessions', 'end', '--sub', 'local|alice']);
    assert.equal(code, 0, output);
    assert.match(output, /^2 sessions ended of local\|alice/m);
    for (const browser of browsers) assert.equal((await browser.get(`${url}/account`)).status, 401);
  });
});
