import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { makeCertificate } from '../../../e2e/support/certificate.ts';
import { clusterPorts, freePorts } from '../../../e2e/support/ports.ts';
import { startProgram } from '../../../e2e/support/program.ts';
import { openRedis, openRedisServer } from '../../../e2e/support/redis-client.ts';
import { redisCli, startRedisCluster, startRedisNode } from '../../../e2e/support/redis-cluster.ts';
import { startRedisSentinel } from '../../../e2e/support/redis-sentinel.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';

const FIRST = 'the-first-password-of-the-tests';
const SECOND = 'the-second-password-of-the-tests';
const { dir, certificate, tls } = makeCertificate();

/** Starts a Redis that speaks only TLS and wants a password. Returns its port. */
async function startSecure(t: TestContext, options: readonly string[] = []): Promise<number> {
  const [port = 0] = await clusterPorts(1);
  const secure = ['--tls-port', String(port), ...tls, '--requirepass', FIRST];
  const node = await startRedisNode(0, [...secure, ...options]);
  t.after(() => node.remove());
  return port;
}

const cli = (port: number, password: string, ...words: string[]) =>
  redisCli(port, '--tls', '--cacert', certificate, '--no-auth-warning', '-a', password, ...words);

const kinds: Record<string, (t: TestContext) => Promise<{ port: number; url: string }>> = {
  'one server': async (t) => {
    const port = await startSecure(t);
    return { port, url: `rediss://127.0.0.1:${port}` };
  },
  'a cluster': async (t) => {
    const port = await startSecure(t, ['--cluster-enabled', 'yes', '--tls-cluster', 'yes']);
    cli(port, FIRST, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('the cluster', () => cli(port, FIRST, 'CLUSTER', 'INFO').includes('cluster_state:ok'));
    return { port, url: `rediss+cluster://127.0.0.1:${port}` };
  },
  'a master that a sentinel names': async (t) => {
    const port = await startSecure(t);
    const [sentinel = 0] = await freePorts(1);
    const file = join(dir, 'sentinel.conf');
    const watched = [`sentinel monitor main 127.0.0.1 ${port} 1`, `sentinel auth-pass main ${FIRST}`];
    writeFileSync(file, ['bind 127.0.0.1', `dir ${dir}`, ...watched].join('\n'));
    const secure = ['--port', '0', '--tls-port', String(sentinel), '--tls-replication', 'yes', ...tls];
    const program = startProgram('redis-server', [file, '--sentinel', ...secure]);
    t.after(async () => {
      program.process.kill('SIGKILL');
      await program.ended;
    });
    return { port, url: `rediss+sentinel://127.0.0.1:${sentinel}/main` };
  },
};

for (const [name, start] of Object.entries(kinds)) {
  describe(`${name} with a certificate of its own, and a password in a file`, () => {
    it('is reached with REDIS_CA, and again when the password has been changed', async (t) => {
      const { port, url } = await start(t);
      const file = join(dir, `password-${port}`);
      writeFileSync(file, `${FIRST}\n`);
      const env = { REDIS_URL: url, REDIS_CA: certificate, REDIS_PASSWORD_FILE: file };
      const { client, connected, logged } = openRedis(t, env);
      await connected();
      await client.set('key', 'value');
      cli(port, FIRST, 'CONFIG', 'SET', 'requirepass', SECOND);
      cli(port, SECOND, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no');
      await waitFor('the outage', () => /redis is away/.test(logged()));
      writeFileSync(file, SECOND);
      await waitFor('the second password', async () => (await client.get('key')) === 'value');
      assert.doesNotMatch(logged(), /password-of-the-tests/);
    });
  });
}

it('REDIS_CA takes PEM text, too, in one line as .env has it; without it the log tells what to write', async (t) => {
  const port = await startSecure(t);
  const url = `rediss://:${FIRST}@localhost:${port}`;
  const pem = readFileSync(certificate, 'utf8').replaceAll('\n', '\\n');
  await openRedis(t, { REDIS_URL: url, REDIS_CA: pem }).connected();
  const wary = openRedis(t, { REDIS_URL: url });
  await waitFor('the log line', () => /redis is away/.test(wary.logged()));
  assert.match(wary.logged(), /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*into REDIS_CA/);
});

it('a Redis of another kind than REDIS_URL names is told in the log, and what to write', async (t) => {
  const cluster = await startRedisCluster();
  t.after(() => cluster.stop());
  for (const host of cluster.url.replace(/^.*\//, '').split(',')) {
    const { lines, logged } = openRedis(t, `redis://${host}`);
    await waitFor('the log line', () => lines.includes('redis is not what REDIS_URL says'));
    assert.ok(logged().includes(`write redis+cluster://${host}`), logged());
  }
  const sentinels = await startRedisSentinel();
  t.after(() => sentinels.stop());
  const [, sentinel = ''] = /\/\/([^,]+)/.exec(sentinels.url) ?? [];
  const { lines: said, logged: told } = openRedis(t, `redis://${sentinel}`);
  await waitFor('the log line', () => said.includes('redis is not what REDIS_URL says'));
  assert.ok(told().includes(`write redis+sentinel://${sentinel}/master-name`), told());
  const { server } = await openRedisServer(t);
  for (const url of [`redis+cluster://127.0.0.1:${server.port}`, `redis+sentinel://127.0.0.1:${server.port}/main`]) {
    const { lines, logged } = openRedis(t, url);
    await waitFor('the log line', () => lines.includes('redis is away'));
    assert.ok(logged().includes(`write redis://127.0.0.1:${server.port}`), logged());
  }
});
