import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { begunRequest, finish, servesNoMore } from '../support/begun-request.ts';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { signIn } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';
import { AWAY_ENV } from '../support/client-env.ts';

const ENV = {
  ...AWAY_ENV,
  WEB_CONCURRENCY: '3',
};

/** The ids of the processes that `program` has started. */
function childrenOf({ process: { pid } }: Program): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

/** Signals every process, as a terminal or systemd does. */
function signalAll(program: Program, signal: NodeJS.Signals): void {
  for (const pid of [...childrenOf(program), program.process.pid ?? 0]) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

const count = (program: Program, pattern: RegExp) => [...program.output().matchAll(pattern)].length;
const READY = /web app ready on/g;

async function startThree(t: TestContext, more: Record<string, string> = {}) {
  const [port = 0] = await freePorts(1);
  const program = startProgram(process.execPath, ['dist/web.js'], { env: { ...ENV, PORT: String(port), ...more } });
  t.after(() => program.process.kill('SIGKILL'));
  await waitFor('three processes', () => count(program, READY) === 3);
  // node:cluster may hand a connection to a process that has just died, and then nobody answers.
  const health = () => fetch(`http://localhost:${port}/health`, { signal: AbortSignal.timeout(2000) });
  return { port, program, health };
}

describe('WEB_CONCURRENCY', { skip: process.platform === 'win32' }, () => {
  it('serves by that many processes, and replaces one that is killed while the others serve on', async (t) => {
    const { program, health } = await startThree(t);
    assert.match(program.output(), /3 web processes share port \d+/);
    const [first = 0, ...others] = childrenOf(program);
    assert.equal(others.length, 2);
    process.kill(first, 'SIGKILL');
    await waitFor('a fourth', async () => {
      assert.equal((await health()).status, 200);
      return count(program, READY) === 4;
    });
    assert.match(program.output(), /web process \d ended \(SIGKILL\) and is replaced/);
    const now = childrenOf(program);
    assert.equal(now.length, 3);
    for (const pid of others) assert.ok(now.includes(pid));
    assert.equal(await program.stop(), 0);
    assert.deepEqual(childrenOf(program), []);
  });

  it('waits longer each time where they die young', async (t) => {
    const { program } = await startThree(t);
    const waits: number[] = [];
    for (let n = 4; n < 7; n += 1) {
      const begun = performance.now();
      process.kill(childrenOf(program)[0] ?? 0, 'SIGKILL');
      const replaced = n - 3;
      await waitFor('the next', () => count(program, /and is replaced/g) === replaced);
      waits.push(performance.now() - begun);
      await waitFor('ready', () => count(program, READY) === n);
    }
    const [a = 0, , c = 0] = waits;
    assert.ok(a >= 250 && c >= 1000, waits.join());
    assert.equal(await program.stop(), 0);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} to all of them, twice: requests in flight are finished, and the exit code is 0`, async (t) => {
      const { program, port } = await startThree(t);
      const begun = await begunRequest(port);
      signalAll(program, signal);
      await servesNoMore(port);
      signalAll(program, signal);
      assert.equal(await finish(begun), 403);
      assert.equal(await program.ended, 0);
      assert.doesNotMatch(program.output(), /is replaced/);
    });
  }

  it('a port in use and bad configuration are told once, with exit code 1', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const PORT = String((taken.address() as { port: number }).port);
    const program = startProgram(process.execPath, ['dist/web.js'], { env: { ...ENV, PORT, LOG_LEVEL: 'error' } });
    assert.equal(await program.ended, 1);
    taken.close();
    assert.match(program.output(), new RegExp(`^The web app cannot start: port ${PORT} is taken, [^\n]*\n$`));
    const bad = startProgram(process.execPath, ['dist/web.js'], { env: { ...ENV, WEB_CONCURRENCY: 'auto' } });
    assert.equal(await bad.ended, 1);
    assert.match(bad.output(), /^Configuration:\n {2}WEB_CONCURRENCY in the environment is not a whole number.*\n$/);
  });

  it('metrics are those of all processes', async (t) => {
    const [metrics = 0] = await freePorts(1);
    const { health, program } = await startThree(t, { METRICS_PORT: String(metrics) });
    for (let n = 0; n < 12; n += 1) await (await health()).text();
    const text = await (await fetch(`http://localhost:${metrics}/metrics`)).text();
    assert.match(text, /http_request_duration_seconds_count\{method="GET",route="\/health",status="200"\} 12/);
    assert.equal(await program.stop(), 0);
  });

  it('no process is left behind where the first one is killed', async (t) => {
    const { program, health } = await startThree(t);
    const children = childrenOf(program);
    program.process.kill('SIGKILL');
    await waitFor('nobody listens', () => assert.rejects(health()));
    const isGone = (pid: number) => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await waitFor('all gone', () => children.every(isGone));
  });

  it('npm start: one provider and one API, and a login that any of the web processes finishes', async (t) => {
    const [PORT = '', API_PORT = '', PROVIDER_PORT = ''] = (await freePorts(3)).map(String);
    const env = { PORT, API_PORT, PROVIDER_PORT, WEB_CONCURRENCY: '2' };
    const program = startProgram(process.execPath, ['dist/main.js'], { env });
    t.after(() => program.process.kill('SIGKILL'));
    await waitFor('the welcome', () => /Ctrl-C stops everything/.test(program.output()));
    const page = await signIn(createHttpClient(), `http://localhost:${PORT}/profile`);
    assert.match(await page.text(), /Alice Adams/);
    assert.equal(count(program, /local OpenID provider ready/g), 1);
    assert.equal(await program.stop(), 0);
  });
});
