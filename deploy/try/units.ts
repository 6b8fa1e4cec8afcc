import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AWAY_ENV } from '../../e2e/support/client-env.ts';
import { freePorts } from '../../e2e/support/ports.ts';
import { startProgram } from '../../e2e/support/program.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { inFolder, need, run } from './trial.ts';

const FOLDER = 'deploy/systemd';
/** On systemd's own scale of 0 to 10, where lower is better; most services of a distribution are above 9. */
const MOST_EXPOSED = 2.5;

/** Asks systemd about the units. */
export async function tryUnits(): Promise<string> {
  need('systemd-analyze');
  const units = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  run('systemd-analyze', ['verify', ...units]);
  const exposures = units.map((unit) => {
    const said = run('systemd-analyze', ['security', '--offline=true', '--threshold=100', unit]);
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(said)?.[1]);
    if (!(exposure <= MOST_EXPOSED)) throw new Error(`${unit}: exposure ${exposure}\n${said}`);
    return exposure;
  });
  return `systemd-analyze verify; exposure ${exposures.join(' and ')} of 10 by systemd-analyze security`;
}

/** Runs the web app in two processes from start to SIGTERM, and compares its system calls with what the unit allows. */
export async function trySystemCalls(): Promise<string> {
  need('systemd-analyze', 'strace');
  const unit = readFileSync(join(FOLDER, 'gatehouse-web.service'), 'utf8');
  const filters = [...unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)];
  const allowed = new Set(callsOf('@default'));
  for (const [, isDenied, names = ''] of filters) {
    const calls = names.split(' ').flatMap(callsOf);
    for (const call of calls) allowed[isDenied ? 'delete' : 'add'](call);
  }
  const [, families = ''] = /^RestrictAddressFamilies=(.*)$/m.exec(unit) ?? [];
  return inFolder(async (folder) => {
    const file = join(folder, 'calls');
    const [PORT = ''] = (await freePorts(1)).map(String);
    const env = { ...AWAY_ENV, PORT, HOST: '127.0.0.1', NODE_ENV: 'production', WEB_CONCURRENCY: '2' };
    // -D makes the web app itself the program that was started, and strace another one.
    const web = startProgram('strace', ['-D', '-f', '-qq', '-o', file, process.execPath, 'dist/web.js'], { env });
    await waitFor('two processes', () => web.output().split('web app ready').length > 2);
    for (const path of ['/', '/login', '/ready']) await (await fetch(`http://127.0.0.1:${PORT}${path}`)).text();
    const code = await web.stop();
    if (code !== 0) throw new Error(`exit code ${code}: ${web.output()}`);
    const lines = readFileSync(file, 'utf8');
    const called = new Set([...lines.matchAll(/^\d+ +(\w+)\(/gm)].map(([, name = '']) => name));
    const refused = [...called].filter((name) => !allowed.has(name));
    if (refused.length > 0) throw new Error(`the unit refuses ${refused.join(', ')}`);
    for (const [call, family = ''] of lines.matchAll(/ socket\((AF_\w+)/g)) {
      if (!families.split(' ').includes(family)) throw new Error(`the unit refuses ${call}`);
    }
    // ProtectSystem=strict forbids writing files, and so do read-only containers elsewhere.
    const written = lines.match(/ openat\([^\n]*(?:O_WRONLY|O_RDWR|O_CREAT)[^\n]*/g) ?? [];
    const files = written.filter((line) => !line.includes('"/dev/'));
    if (files.length > 0) throw new Error(`it writes files:\n${files.join('\n')}`);
    return `${called.size} system calls of the web app in two processes, from start to SIGTERM: the unit allows them all; no file is written`;
  });
}

function callsOf(name: string): string[] {
  if (!name.startsWith('@')) return [name];
  const lines = run('systemd-analyze', ['syscall-filter', name]).split('\n').slice(1);
  const entries = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return entries.flatMap(callsOf);
}
