import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Program, startProgram } from './program.ts';
import { waitFor } from './wait-for.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Somebody else's folder, with this package installed as it would come from a registry, and nothing more. */
export interface ForeignFolder {
  readonly path: string;
  /** Where the package is in it. */
  readonly installed: string;
  /** What the package holds. */
  readonly files: readonly string[];
  /** Runs Node.js in it and returns the output. Rejects with the output unless the exit code is 0. */
  run(...args: readonly string[]): Promise<string>;
  /** Runs `npx gatehouse` in it and returns what it writes and its exit code. */
  command(args: readonly string[], env?: Record<string, string>): Promise<{ code: number | null; output: string }>;
  /** Starts a server in it that writes `ready on`, and has to end by itself when it is stopped. */
  start(script: string, env: Record<string, string>): Promise<Program>;
  remove(): void;
}

/** The fields that are read from a package.json, or from a package's entry in the lock file. */
interface Manifest {
  readonly version?: string;
  readonly type?: string;
  readonly dev?: boolean;
  readonly bin?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, object>;
}

/** What a host app needs beside the package if it has no package.json of its own. */
const OF_THE_HOST = ['express', 'typescript', '@types/express', '@types/node'];

const execute = promisify(execFile);

/** A tarball in a folder, and what it holds. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the build into `folder`, or copies an earlier release there. */
async function packInto(folder: string, release: string | undefined): Promise<Packed> {
  if (release !== undefined) {
    const { stdout } = await execute('tar', ['tzf', release]);
    const files = stdout.trim().split('\n');
    cpSync(release, join(folder, basename(release)));
    return { filename: basename(release), files: files.map((path) => ({ path: path.replace('package/', '') })) };
  }
  const { stdout } = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [packed] = JSON.parse(stdout) as Packed[];
  assert.ok(packed);
  return packed;
}

/**
 * Packs the build and installs it into an empty folder with `sources`: texts by name, or a folder of e2e/foreign,
 * whose package.json names the host app's dependencies. `more` adds some. What our lock file does not have, npm gets.
 * @param release the tarball of an earlier release, to install instead of the build
 */
export async function installPackage(
  sources: Record<string, string> | string,
  more: Record<string, string> = {},
  release?: string,
): Promise<ForeignFolder> {
  const parent = temporaryFolder('package');
  const path = join(parent, 'host');
  mkdirSync(path);
  const write = (name: string, content: unknown) => writeFileSync(join(path, name), JSON.stringify(content));

  const packed = await packInto(parent, release);

  // With the versions of our lock file the registry decides nothing, and npm's cache, filled by `npm ci`, is enough.
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Manifest> };
  const ours = release ? await manifestIn(release) : packages[''];
  const { version, bin, dependencies: needs = {}, peerDependencies, peerDependenciesMeta } = ours ?? {};
  const entry = { version, bin, dependencies: needs, peerDependencies, peerDependenciesMeta };
  const resolved = `file:../${packed.filename}`;
  const ofTheHost = OF_THE_HOST.map((name) => [name, packages[`node_modules/${name}`]?.version ?? '']);
  const isFolder = typeof sources === 'string';
  const manifest: Manifest = isFolder
    ? (JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8')) as Manifest)
    : { type: 'module', dependencies: Object.fromEntries(ofTheHost) as Record<string, string> };
  const dependencies = { gatehouse: resolved, ...manifest.dependencies, ...more };
  const isMore = Object.keys(more).length > 0;
  const locked = Object.entries(packages).filter(
    ([name, { dev }]) =>
      name !== '' && (isMore || !dev || /^node_modules\/(@types\/|typescript$|undici-types$)/.test(name)),
  );
  if (isFolder) cpSync(sources, path, { recursive: true });
  for (const [name, text] of isFolder ? [] : Object.entries(sources)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  write('package.json', { ...manifest, private: true, dependencies });
  write('package-lock.json', {
    lockfileVersion: 3,
    packages: {
      '': { dependencies },
      ...Object.fromEntries(locked),
      'node_modules/gatehouse': { ...entry, resolved },
    },
  });
  await execute('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: path });

  return {
    path,
    installed: join(path, 'node_modules', 'gatehouse'),
    files: packed.files.map((file) => file.path),
    run: async (...args) => {
      const program = startProgram(process.execPath, args, { cwd: path });
      assert.equal(await endOf(program, 60_000), 0, program.output());
      return program.output();
    },
    command: async (args, env = {}) => {
      const program = startProgram('npx', ['--no-install', 'gatehouse', ...args], { cwd: path, env });
      return { code: await endOf(program, 60_000), output: program.output() };
    },
    start: async (script, env) => {
      const program = startProgram(process.execPath, [script], { cwd: path, env });
      let isOver = false;
      void program.ended.then(() => {
        isOver = true;
      });
      await waitFor(`${script} ready`, () => isOver || /ready on /.test(program.output()));
      assert.ok(!isOver, program.output());
      const stop = () => {
        program.process.kill('SIGTERM');
        return endOf(program);
      };
      return { ...program, stop };
    },
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

async function manifestIn(release: string): Promise<Manifest> {
  const { stdout } = await execute('tar', ['xzOf', release, 'package/package.json']);
  return JSON.parse(stdout) as Manifest;
}

/** Returns the exit code of a program that has to end by itself. One that does not is killed, and this fails. */
export async function endOf(program: Program, ms = 20_000): Promise<number | null> {
  const { process: child } = program;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  await waitFor('the end of a program', isOver, ms).finally(() => child.kill('SIGKILL'));
  return program.ended;
}
