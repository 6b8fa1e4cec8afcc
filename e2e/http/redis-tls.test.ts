import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { startRedisNode } from '../support/redis-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
let redis: Awaited<ReturnType<typeof startRedisNode>>;
let port = 0;

before(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  [port = 0] = await freePorts(1);
  const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
  redis = await startRedisNode(0, [...tls, '--tls-auth-clients', 'no']);
});
after(() => redis.remove());

async function startWeb(env: Record<string, string>): Promise<{ web: Program; ready: () => Promise<number> }> {
  const [webPort = 0] = await freePorts(1);
  const web = await startServer('web', {
    PORT: String(webPort),
    ISSUER_BASE_URL: 'http://localhost:1',
    AUTH0_CLIENT_ID: 'client',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
    AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
    REDIS_URL: `rediss://localhost:${port}`,
    ...env,
  });
  return { web, ready: async () => (await fetch(`http://localhost:${webPort}/ready`)).status };
}

it('rediss:// with a CA of one’s own works by NODE_EXTRA_CA_CERTS, and is refused without', async () => {
  const trusting = await startWeb({ NODE_EXTRA_CA_CERTS: certificate });
  await waitFor('ready', async () => (await trusting.ready()) === 200);
  const wary = await startWeb({});
  await waitFor('the refusal in the log', () => /redis is away.*self.signed/is.test(wary.web.output()));
  assert.equal(await wary.ready(), 503);
  await Promise.all([trusting.web.stop(), wary.web.stop()]);
});
