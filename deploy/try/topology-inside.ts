/** Runs in its own namespaces, which topology.ts makes; everything that it starts and mounts goes with them. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT } from '../../e2e/support/client-env.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { type Program, startProgram } from '../../e2e/support/program.ts';
import { signIn } from '../../e2e/support/sign-in.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import type { Topology } from './topology.ts';
import { run } from './trial.ts';

const { services, addresses, folder } = JSON.parse(process.env['TOPOLOGY'] ?? '') as Topology;
const NODE_EXTRA_CA_CERTS = process.env['NODE_EXTRA_CA_CERTS'] ?? '';
const APP = 'https://app.example.com';
const JSON_ONLY = { accept: 'application/json' };

run('ip', ['link', 'set', 'lo', 'up']);
run('mount', ['--bind', join(folder, 'hosts'), '/etc/hosts']);
run('mount', ['--bind', join(folder, 'nginx'), '/etc/nginx']);
const data = join(folder, 'redis');
mkdirSync(data);

/** Reads an example as `env_file` does. */
function readExample(name: string): Record<string, string> {
  const text = readFileSync(`deploy/${name}.example`, 'utf8');
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]));
}

const provider = { ISSUER_BASE_URL: 'http://localhost:5001', AUTH0_DOMAIN: '' };

/** Starts `dist/web.js` or `dist/api.js` with the environment of compose.yaml, and a provider on this machine. */
async function startService(name: string): Promise<Program> {
  const { command = ['node', 'dist/web.js'], environment, env_file = [] } = services[name] ?? assert.fail(name);
  const files = Object.assign({}, ...env_file.map(readExample)) as Record<string, string>;
  const filledIn =
    'AUTH0_SECRET' in files ? { ...CLIENT, AUTH0_SECRET: 'b1d2f3a4c5e6978899aabbccddeeff00fedcba9876543210' } : {};
  const own = { NODE_ENV: 'production', HOST: addresses[name] ?? '', NODE_EXTRA_CA_CERTS };
  const program = startProgram(process.execPath, command.slice(1), {
    env: { ...files, ...filledIn, ...environment, ...provider, ...own },
  });
  await waitFor(`${name} ready`, () => / ready on /.test(program.output())).catch((error: Error) => {
    throw new Error(program.output(), { cause: error });
  });
  return program;
}

async function startRedis(): Promise<Program> {
  const [name = '', ...options] = services['redis']?.command ?? [];
  const place = ['--bind', addresses['redis'] ?? '', '--dir', data];
  const redis = startProgram(name, [...options, ...place]);
  await waitFor('Redis', () => redis.output().includes('Ready to accept connections'));
  return redis;
}

const openId = startProgram(process.execPath, ['dist/provider.js'], {
  env: {
    ...readExample('settings.env'),
    ...CLIENT,
    ...{ ISSUER_BASE_URL: provider.ISSUER_BASE_URL, AUTH0_DOMAIN: '', HOST: 'localhost', NODE_EXTRA_CA_CERTS },
  },
});
await waitFor('the provider', () => / ready on /.test(openId.output()));
let redis = await startRedis();
const webs = new Map<string, Program>();
for (const name of ['web-1', 'web-2']) webs.set(name, await startService(name));
const api = await startService('api');
run('nginx', ['-t']);
const nginx = startProgram('nginx', []);
await waitFor('nginx', async () => (await fetch(`${APP}/health`)).ok);

const tried: string[] = ['nginx -t'];
const client = createHttpClient();
await signIn(client, `${APP}/login`, 'carol');
const profile = await client.get(`${APP}/profile`, JSON_ONLY);
assert.equal(profile.status, 200);
const call = await client.get(`${APP}/api-call`, JSON_ONLY);
assert.equal(call.status, 200, await call.clone().text());
assert.equal(((await call.json()) as { api: { status: number } }).api.status, 200);
tried.push('a login, and a call of the API by its public name');

const plain = await fetch('http://app.example.com/profile?a=b', { redirect: 'manual' });
assert.deepEqual([plain.status, plain.headers.get('location')], [308, `${APP}/profile?a=b`]);

for (const name of webs.keys()) {
  const stopped = webs.get(name)?.stop();
  // Asks while it ends, once it has ended, and when it is back.
  const ask = async () => assert.equal((await client.get(`${APP}/profile`, JSON_ONLY)).status, 200);
  for (let n = 0; n < 20; n += 1) await ask();
  assert.equal(await stopped, 0);
  for (let n = 0; n < 20; n += 1) await ask();
  webs.set(name, await startService(name));
  await ask();
}
tried.push('the web processes restarted one after the other without a failure');

await redis.stop();
await waitFor('a 503', async () => (await client.get(`${APP}/profile`, JSON_ONLY)).status === 503);
redis = await startRedis();
await waitFor('the session', async () => (await client.get(`${APP}/profile`, JSON_ONLY)).status === 200);
tried.push('Redis restarted, and still signed in');

for (const program of [nginx, openId, api, ...webs.values(), redis]) await program.stop();
process.stdout.write(`as processes: ${tried.join('; ')}\n`);
