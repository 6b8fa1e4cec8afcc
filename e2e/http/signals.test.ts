import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { startServer } from '../support/program.ts';
import { begunRequest, finish, servesNoMore } from '../support/begun-request.ts';
import { waitFor } from '../support/wait-for.ts';
import { AWAY_ENV } from '../support/client-env.ts';

describe('a signal that comes more than once', () => {
  for (const signals of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT', 'SIGTERM'],
  ] as const) {
    it(`${signals.join(', ')}: the request in flight is finished, and the exit code is 0`, async () => {
      const [port = 0] = await freePorts(1);
      const program = await startServer('web', { ...AWAY_ENV, PORT: String(port) });
      const begun = await begunRequest(port);
      for (const signal of signals) {
        program.process.kill(signal);
        await servesNoMore(port);
      }
      assert.equal(await finish(begun), 403);
      assert.equal(await program.ended, 0);
    });
  }

  it('npm run web: Ctrl-C reaches npm and node, and npm sends it to node again', async () => {
    const [port = 0] = await freePorts(1);
    const { PATH = '', HOME = '' } = process.env;
    // A process group of its own, as a terminal gives it; Ctrl-C goes to the whole group.
    const env = { PATH, HOME, ...AWAY_ENV, PORT: String(port) };
    const npm: ChildProcess = spawn('npm', ['run', 'web'], { env, detached: true, stdio: 'ignore' });
    const { pid = 0 } = npm;
    const ended = once(npm, 'close');
    let isOver = false;
    void ended.then(() => (isOver = true));
    after(() => isOver || process.kill(-pid, 'SIGKILL'));
    await waitFor('web ready', async () => (await fetch(`http://localhost:${port}/health`)).ok);
    const begun = await begunRequest(port);
    process.kill(-pid, 'SIGINT');
    await servesNoMore(port);
    assert.equal(await finish(begun), 403);
    const [code, signal] = (await ended) as [number | null, string | null];
    assert.deepEqual([code, signal], [0, null]);
  });
});
