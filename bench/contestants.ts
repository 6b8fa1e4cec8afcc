import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waitFor } from '../e2e/support/wait-for.ts';

export type ContestantName = 'bare' | 'ours' | 'sdk';

/** What a process has used since it started. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
}

/** One of the compared servers, in its own process. */
export interface Contestant {
  readonly name: ContestantName;
  readonly url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface ContestantOptions {
  readonly name: ContestantName;
  readonly port: number;
  /** The program to run. */
  readonly file: string;
  /** The folder of the compiled probe. */
  readonly apps: string;
  /** The working directory, which has no `.env` to read; the program's output goes to a file in it. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a contestant in production mode, with the probe, and waits until it answers. */
export async function startContestant(options: ContestantOptions): Promise<Contestant> {
  const { name, port, dir } = options;
  const url = `http://localhost:${port}`;
  const logFile = join(dir, `${name}.log`);
  const child = spawnWithProbe(options, logFile);
  const ended = once(child, 'exit');
  const tryOnce = async () => {
    if (child.exitCode !== null) return true;
    return (await fetch(url, { headers: { accept: 'application/json' } })).ok;
  };
  await waitFor(`${name} answers`, tryOnce).catch((error: Error) => {
    throw new Error(`${error.message}:\n${readFileSync(logFile, 'utf8')}`, { cause: error });
  });
  if (child.exitCode !== null) throw new Error(`${name} ended at start:\n${readFileSync(logFile, 'utf8')}`);
  return {
    name,
    url,
    usage: () => ask(child),
    stop: async () => {
      // There is nothing to lose, and an orderly shutdown would wait for the load.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function spawnWithProbe({ port, file, apps, dir, env }: ContestantOptions, logFile: string): ChildProcess {
  const probe = pathToFileURL(join(resolve(apps), 'probe.js')).href;
  const log = openSync(logFile, 'w');
  // Keeps out the environment of whoever runs this: all contestants get the same few variables.
  const { PATH = '', HOME = '', SYSTEMROOT = '' } = process.env;
  const child = spawn(process.execPath, ['--import', probe, resolve(file)], {
    cwd: dir,
    env: { PATH, HOME, SYSTEMROOT, NODE_ENV: 'production', PORT: String(port), ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return child;
}

let questions = 0;

function ask(child: ChildProcess): Promise<Usage> {
  const id = (questions += 1);
  return new Promise((resolve, reject) => {
    const hear = (answer: Usage & { readonly id: number }) => {
      if (answer.id !== id) return;
      child.off('message', hear).off('exit', fail);
      resolve(answer);
    };
    const fail = () => reject(new Error('a server ended in the middle of the measurement'));
    child.on('message', hear).once('exit', fail);
    child.send(id, (error) => error && reject(error));
  });
}
