import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOnPath } from '../../e2e/support/find-tools.ts';

/** Thrown where this machine cannot try something; the message says what is missing. */
export class NotTried extends Error {}

/** @throws NotTried */
export function need(...programs: readonly string[]): void {
  const missing = programs.filter((program) => !isOnPath(program));
  if (missing.length > 0) throw new NotTried(`${missing.join(', ')} not on this machine`);
}

/** @throws NotTried if this is not Linux, or the user is not root */
export function needRoot(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new NotTried('needs Linux and root');
}

/** Returns what a program writes, trimmed. @throws Error with all of its output, if it fails */
export function run(program: string, args: readonly string[], options: ExecFileSyncOptions = {}): string {
  try {
    return String(execFileSync(program, args, { stdio: 'pipe', maxBuffer: 1e9, ...options })).trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: Buffer | string; stderr?: Buffer | string };
    const said = `${String(stdout)}${String(stderr)}`.trim().slice(-3000);
    throw new Error(`${[program, ...args].join(' ').slice(0, 200)}:\n${said}`, { cause: error });
  }
}

/** Calls `use` with a folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-deploy-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs packages that only trials need. @throws NotTried if they cannot be had */
export function install(folder: string, ...packages: readonly string[]): void {
  try {
    run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--engine-strict=false',
      ...packages,
    ]);
  } catch (error) {
    throw new NotTried(`npm cannot install ${packages.join(', ')}`, { cause: error });
  }
}
