import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { QUICKSTART } from '../e2e/support/quickstart.ts';
import { API_ROUTES } from './api/routes.ts';
import { readApiConfig } from './program/api-config.ts';
import { EVERY_ERROR } from './program/every-error.ts';
import { readWebConfig } from './program/web-config.ts';

const IN_DEPLOY = readdirSync('deploy', { recursive: true, encoding: 'utf8' }).map((name) => join('deploy', name));
// Operators keep files of their own there, too.
const FILES = ['Dockerfile', 'Procfile', ...IN_DEPLOY.filter((path) => /\.(conf|example|service|yaml)$/.test(path))];
const text = (file: string) => readFileSync(file, 'utf8');
const allOf = (pattern: RegExp, file: string) => [...text(file).matchAll(pattern)].map(([, found = '']) => found);

/** Names that are not settings of ours: the base image, and systemd's address families. */
const OTHERS = new Set(['NODE_IMAGE', 'AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_NETLINK']);
const web = readWebConfig(QUICKSTART);
const api = readApiConfig({ ...QUICKSTART, AUTH0_AUDIENCE: 'https://api.example.com' });

it('files for deploying name only settings that exist, and alert rules only error codes that do', () => {
  const rows = text('README.md').matchAll(/^\| (`[A-Z].*?) \|/gm);
  const settings = new Set(
    [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([A-Z0-9_]+)`/g)].map(([, n]) => n)),
  );
  assert.ok(settings.has('REDIS_URL') && settings.has('PORT'));
  for (const file of FILES) {
    // The alert rules also name error codes, which look like settings.
    const codes = file.includes('prometheus') ? EVERY_ERROR : {};
    const names = allOf(/(?<![\w-])([A-Z][A-Z0-9]*_[A-Z0-9_]+|PORT|HOST)(?![\w-])/g, file);
    const unknown = names.filter((name) => !settings.has(name) && !OTHERS.has(name) && !(name in codes));
    assert.deepEqual(unknown, [], file);
  }
});

it('they probe paths that answer, on the ports of the programs', () => {
  for (const [component, port, paths] of [
    ['web', web.port, ['/ready', '/health']],
    ['api', api.port, ['/health', '/health']],
  ] as const) {
    const file = `deploy/kubernetes/${component}.yaml`;
    assert.deepEqual(allOf(/httpGet: \{ path: (\S+), port: http \}/g, file), paths);
    assert.deepEqual(allOf(/containerPort: (\d+)/g, file), [String(port)]);
  }
  assert.ok(API_ROUTES.some(({ path }) => path === '/health'));
  assert.deepEqual(allOf(/^EXPOSE (.*)$/gm, 'Dockerfile'), [`${web.port} ${api.port}`]);
  assert.deepEqual(allOf(/_?PORT \|\| (\d+)/g, 'Dockerfile').map(Number), [web.port, api.port]);
  assert.deepEqual(allOf(/\$\{port\}(\/\w+)/g, 'Dockerfile'), ['/health']);
  const upstreams = [`web-1:${web.port}`, `web-2:${web.port}`, `api:${api.port}`];
  assert.deepEqual(allOf(/^ *server ([\w-]+:\d+)/gm, 'deploy/nginx.conf'), upstreams);
});

it('whoever stops a program waits for as long as it may take', () => {
  for (const [file, waits, delay] of [
    ['deploy/systemd/gatehouse-web.service', /^TimeoutStopSec=(\d+)/gm],
    ['deploy/systemd/gatehouse-api.service', /^TimeoutStopSec=(\d+)/gm],
    ['deploy/compose.yaml', /stop_grace_period: (\d+)s/g],
    ['deploy/kubernetes/web.yaml', /terminationGracePeriodSeconds: (\d+)/g, 'deploy/kubernetes/settings.yaml'],
    ['deploy/kubernetes/api.yaml', /terminationGracePeriodSeconds: (\d+)/g, 'deploy/kubernetes/settings.yaml'],
  ] as const) {
    const [longest] = allOf(waits, file);
    const [seconds] = allOf(/^[^#]*SHUTDOWN_DELAY_SECONDS(?:=|: ')(\d+)/gm, delay ?? file);
    assert.ok(Number(longest) > Number(seconds) + web.shutdownTimeoutSeconds + 5, file);
  }
});
