import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { startServer } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { AWAY_ENV } from '../support/client-env.ts';

it('SHUTDOWN_DELAY_SECONDS: after SIGTERM /ready says 503 while all else is served; then nothing is', async (t) => {
  const [port = 0] = await freePorts(1);
  const program = await startServer('web', { ...AWAY_ENV, PORT: String(port), SHUTDOWN_DELAY_SECONDS: '2' });
  t.after(() => program.process.kill('SIGKILL'));
  assert.match(program.output(), new RegExp(`web app ready on http://localhost:${port}, port ${port}`));
  const status = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).status;
  const begun = performance.now();
  const ended = program.stop();
  await waitFor('/ready says 503', async () => (await status('/ready')) === 503);
  const answer = await fetch(`http://localhost:${port}/`);
  assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close']);
  assert.equal(await status('/health'), 200);
  assert.ok(performance.now() - begun < 2000);
  assert.equal(await ended, 0);
  assert.ok(performance.now() - begun >= 2000);
});

it('Ctrl-C does not wait for a load balancer', async () => {
  const [port = 0] = await freePorts(1);
  const program = await startServer('web', { ...AWAY_ENV, PORT: String(port), SHUTDOWN_DELAY_SECONDS: '600' });
  program.process.kill('SIGINT');
  assert.equal(await program.ended, 0);
});

it('KEEP_ALIVE_SECONDS: an idle connection is kept that long, and the answer says so', async (t) => {
  const [port = 0] = await freePorts(1);
  const program = await startServer('web', { ...AWAY_ENV, PORT: String(port), KEEP_ALIVE_SECONDS: '1' });
  t.after(() => program.stop());
  const socket = connect(port, 'localhost');
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /\r\nKeep-Alive: timeout=1\r\n/);
  const idleSince = performance.now();
  await once(socket.resume(), 'close');
  const kept = performance.now() - idleSince;
  assert.ok(kept > 500 && kept < 10_000, `${kept} ms`);
});
