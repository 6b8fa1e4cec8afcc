import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { requireToken } from '#gatehouse';
import { freePorts } from '../../../e2e/support/ports.ts';
import { startProgram } from '../../../e2e/support/program.ts';
import { redisCli } from '../../../e2e/support/redis-cluster.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { AUDIENCE, startTokenIssuer, type TokenIssuer } from '../../../e2e/support/token-issuer.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { redisUrl } from '../config/redis-config.ts';
import { silent } from '../platform/logger.ts';
import { connectRedis, pingRedis } from '../platform/redis.ts';

let issuer: TokenIssuer;
before(async () => {
  issuer = await startTokenIssuer();
});
after(() => issuer.stop());

async function start(t: TestContext, port?: number) {
  const server = await startRedis(port);
  t.after(() => server.stop());
  return server;
}

/** The ports to which this process connects from now on. */
function watchConnections(t: TestContext): Set<number | undefined> {
  const ports = new Set<number | undefined>();
  const note = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    once(socket, 'connect').then(
      () => ports.add(socket.remotePort),
      () => undefined, // refused, so it is not connected
    );
  };
  diagnostics.subscribe('net.client.socket', note);
  t.after(() => diagnostics.unsubscribe('net.client.socket', note));
  return ports;
}

describe('the connection of requireToken to Redis', () => {
  const required = () => ({ ISSUER_BASE_URL: issuer.url, AUTH0_AUDIENCE: AUDIENCE });
  /** The number of connections, without redis-cli's own. */
  const connectionsTo = (port: number) => redisCli(port, 'CLIENT', 'LIST').trim().split('\n').length - 1;

  it('is one for all guards of an environment', async (t) => {
    const { url, port } = await start(t);
    const ports = watchConnections(t);
    const env = { ...required(), REDIS_URL: url };
    for (const permission of ['a', 'b', 'c']) requireToken({ env, permission });
    await waitFor('connected', () => connectionsTo(port) > 0);
    assert.equal(connectionsTo(port), 1);
    assert.ok(ports.has(port));
  });

  it('is not made without REDIS_URL', async (t) => {
    const asked = issuer.requests.keys;
    const ports = watchConnections(t);
    requireToken({ env: required() });
    await waitFor('the keys asked for', () => issuer.requests.keys > asked);
    ports.delete(Number(new URL(issuer.url).port));
    assert.deepEqual([...ports], []);
  });

  for (const state of ['there', 'away', 'hanging'] as const) {
    it(`keeps no process alive while Redis is ${state}`, async (t) => {
      const [free = 0] = await freePorts(1);
      const server = state === 'away' ? undefined : await start(t);
      if (state === 'hanging') server?.pause();
      const env = { ...required(), REDIS_URL: server?.url ?? `redis://127.0.0.1:${free}` };
      const script = `
        const { requireToken } = await import('./src/gatehouse/index.ts');
        requireToken({ env: ${JSON.stringify(env)} });
        await new Promise((resolve) => setTimeout(resolve, 300));
        process.stdout.write('nothing else to do');`;
      const args = ['--import', 'tsx', '--input-type=module', '-e', script];
      const program = startProgram(process.execPath, args);
      t.after(() => program.stop());
      await waitFor('the end', () => program.process.exitCode !== null);
      assert.deepEqual([await program.ended, program.output()], [0, 'nothing else to do']);
    });
  }

  it('comes back by itself, though it makes its attempts without node-redis', async (t) => {
    const server = await start(t);
    const client = connectRedis(redisUrl(server.url), silent, { isUnref: true });
    t.after(() => client.destroy());
    await waitFor('connected', () => pingRedis(client));
    await server.kill();
    await assert.rejects(pingRedis(client));
    await start(t, server.port);
    await waitFor('connected again', () => pingRedis(client));
  });
});
