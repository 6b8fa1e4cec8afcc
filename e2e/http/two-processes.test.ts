import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram, startServer } from '../support/program.ts';
import { callbackUrlOf, signIn } from '../support/sign-in.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const JSON_ONLY = { accept: 'application/json' };

describe('two web processes behind a load balancer', () => {
  let stack: Stack;
  let second: Program;
  let secondUrl: string;
  const startSecond = (port: string) => startServer('web', { ...stack.env, PORT: port });
  before(async () => {
    stack = await startStack({ redis: true });
    const [port] = (await freePorts(1)).map(String) as [string];
    secondUrl = `http://localhost:${port}`;
    second = await startSecond(port);
  });
  after(async () => {
    await second.stop();
    await stack.stop();
  });

  async function signedIn(): Promise<HttpClient> {
    const client = createHttpClient();
    await signIn(client, `${stack.webUrl}/login`, 'carol');
    return client;
  }

  it('a login begun at one is finished at the other', async () => {
    const client = createHttpClient();
    const callback = new URL(await callbackUrlOf(client, `${stack.webUrl}/profile`, 'bob'));
    const finished = await client.get(`${secondUrl}${callback.pathname}${callback.search}`);
    assert.equal(finished.headers.get('location'), '/profile');
    assert.equal((await client.get(`${stack.webUrl}/profile`, JSON_ONLY)).status, 200);
  });

  it('a token refreshed at one is used by the other, and a logout at one counts at the other', async () => {
    const client = await signedIn();
    for (const url of [secondUrl, stack.webUrl, secondUrl]) {
      const refreshed = await client.postForm(`${url}/api-call/refresh`, {}, JSON_ONLY);
      assert.equal(refreshed.status, 200, await refreshed.text());
    }
    assert.equal((await client.get(`${stack.webUrl}/protected`, JSON_ONLY)).status, 200);
    const copy = createHttpClient();
    for (const cookie of await client.jar.getCookies(stack.webUrl)) {
      await copy.jar.setCookie(cookie, stack.webUrl);
    }
    await client.get(`${secondUrl}/logout`);
    assert.equal((await copy.get(`${stack.webUrl}/profile`, JSON_ONLY)).status, 401);
  });

  it('a new secret in front of the old one logs nobody out', async () => {
    const client = await signedIn();
    const [port] = (await freePorts(1)).map(String) as [string];
    const secrets = `a-new-secret-of-the-tests-and-of-nobody-else,${stack.env['AUTH0_SECRET']}`;
    const rotated = await startServer('web', { ...stack.env, PORT: port, AUTH0_SECRET: secrets });
    assert.equal((await client.get(`http://localhost:${port}/profile`, JSON_ONLY)).status, 200);
    await rotated.stop();
  });

  it('a process that is killed takes no session with it', async () => {
    const client = await signedIn();
    second.process.kill('SIGKILL');
    await once(second.process, 'close');
    assert.equal((await client.get(`${stack.webUrl}/profile`, JSON_ONLY)).status, 200);
    second = await startSecond(new URL(secondUrl).port);
    assert.equal((await client.get(`${secondUrl}/profile`, JSON_ONLY)).status, 200);
  });
});

it('a promise that a handler forgot is logged and ends nothing', async () => {
  const script = `
    import { run, logLateFaults } from './dist/program/run.js';
    import { createLogger } from './dist/program/logger.js';
    await run(async () => {
      logLateFaults(createLogger({ production: true, logLevel: 'info' }, 'test'));
      setImmediate(() => void Promise.reject(new Error('nobody awaits me')));
      const server = setInterval(() => {}, 1000);
      return { stop: async () => (clearInterval(server), process.stdout.write('stopped in order')) };
    });`;
  const program = startProgram(process.execPath, ['--input-type=module', '-e', script]);
  await waitFor('the log line', () => /a late fault.*|nobody awaits me/.test(program.output()));
  assert.equal(await program.stop(), 0);
  assert.match(program.output(), /nobody awaits me[\s\S]*stopped in order/);
});
