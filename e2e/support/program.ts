import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from './wait-for.ts';

/** A program of this project (`dist/<name>.js`), or any other, running for a test. */
export interface Program {
  readonly process: ChildProcess;
  /** What it wrote so far, stdout and stderr together. */
  output(): string;
  /** Resolves with the exit code once it has ended. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, by SIGTERM, and waits. */
  stop(): Promise<number | null>;
}

export function startProgram(
  command: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: { env?: Record<string, string>; cwd?: string } = {},
): Program {
  // Keeps out the environment of whoever runs the tests: the test alone sets the configuration.
  const { PATH = '', HOME = '', SYSTEMROOT = '' } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, SYSTEMROOT, ...env } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    output: () => output,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Starts `dist/<name>.js` and waits until it says that it is ready. */
export async function startServer(name: string, env: Record<string, string>): Promise<Program> {
  const program = startProgram(process.execPath, [`dist/${name}.js`], { env });
  let over = false;
  void program.ended.then(() => {
    over = true;
  });
  await waitFor(`${name} ready`, () => {
    if (over) return true;
    return / ready on /.test(program.output());
  });
  if (over) throw new Error(`${name} ended at start:\n${program.output()}`);
  return program;
}
