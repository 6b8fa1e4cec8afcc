import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AWAY_ENV } from '../../e2e/support/client-env.ts';
import { freePorts } from '../../e2e/support/ports.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { inFolder, run } from './trial.ts';

/** Builds a copy as hosting services do, removes the development dependencies, and runs each line of the Procfile. */
export async function tryProcfile(): Promise<string> {
  return inFolder(async (folder) => {
    for (const file of run('git', ['ls-files', '--cached', '--others', '--exclude-standard']).split('\n')) {
      cpSync(file, join(folder, file));
    }
    for (const words of ['ci', 'run build', 'prune --omit=dev']) run('npm', words.split(' '), { cwd: folder });
    const lines = readFileSync('Procfile', 'utf8').matchAll(/^(\w+): (.+)$/gm);
    const names: string[] = [];
    for (const [, name = '', command = ''] of lines) {
      await runLine(folder, command);
      names.push(name);
    }
    return `${names.join(' and ')} run on PORT after npm prune --omit=dev, and end in order at SIGTERM; not on any such host`;
  });
}

async function runLine(cwd: string, command: string): Promise<void> {
  const [PORT = ''] = (await freePorts(1)).map(String);
  const api = { AUTH0_AUDIENCE: 'https://api.example.com', API_SERVER_URL: 'https://api.example.com' };
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...AWAY_ENV, ...api, NODE_ENV: 'production', PORT };
  // Such a service sends SIGTERM to all processes of the container.
  const child = spawn('sh', ['-c', command], { cwd, env, detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await waitFor(command, async () => (await fetch(`http://127.0.0.1:${PORT}/health`)).ok);
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  const [code, signal] = (await ended) as [number | null, string | null];
  // The signal itself may end a shell that waits for the program.
  if (code !== 0 && signal !== 'SIGTERM') throw new Error(`${command}: exit code ${code}`);
}
