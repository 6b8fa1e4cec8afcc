import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENV = {
  ISSUER_BASE_URL: 'http://localhost:1',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
};
const FILES = ['package.json', 'prestart.js', 'tsconfig.json', 'tsconfig.build.json', 'src', 'views', 'public'];

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
}

/** Copies this project as `npm prune --omit=dev` leaves it, by what the lock file says of each package. */
function prunedCheckout({ dist }: { dist: boolean }): string {
  const folder = temporaryFolder('pruned');
  for (const file of [...FILES, ...(dist ? ['dist'] : [])]) {
    if (existsSync(file)) cpSync(file, join(folder, file), { recursive: true });
  }
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  for (const [path, { dev }] of Object.entries(packages)) {
    // Packages inside another one come with it.
    if (dev || !path || path.lastIndexOf('node_modules/') > 0 || !existsSync(path)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(realpathSync(path), join(folder, path));
  }
  return folder;
}

describe('npm start without the development dependencies', () => {
  it('starts the dist that is there', async (t) => {
    const [port = ''] = (await freePorts(1)).map(String);
    const cwd = prunedCheckout({ dist: true });
    const npm = startProgram('npm', ['start'], { env: { ...ENV, PORT: port }, cwd });
    t.after(() => npm.stop());
    await waitFor('the welcome', () => /Ctrl-C stops everything|npm ERR|npm error/.test(npm.output()));
    assert.equal((await fetch(`http://localhost:${port}/health`)).status, 200, npm.output());
    assert.equal(await npm.stop(), 0);
  });

  it('without a dist says in one line what to do', async () => {
    const npm = startProgram('npm', ['start', '--silent'], { env: ENV, cwd: prunedCheckout({ dist: false }) });
    assert.notEqual(await npm.ended, 0);
    assert.match(npm.output().trim(), /^There is no dist to start, .* Run: npm ci --include=dev && npm run build .*$/);
  });

  it('says in one line that the local provider is a development dependency', async () => {
    const ports = await freePorts(3);
    const [PORT = '', API_PORT = '', PROVIDER_PORT = ''] = ports.map(String);
    const cwd = prunedCheckout({ dist: true });
    const program = startProgram(process.execPath, ['dist/main.js'], { env: { PORT, API_PORT, PROVIDER_PORT }, cwd });
    assert.equal(await program.ended, 1);
    assert.match(program.output().trim(), /^The local OpenID provider .*AUTH0_DOMAIN.*npm ci.*$/);
  });
});
