/**
 * `npm test` needs a Redis server and a Chromium. This finds them, installs what is missing where it can
 * (apt as root on Debian, else Playwright's installer for Chromium), or names the one command to run.
 * HAProxy and nginx serve the tests of rolling restarts and of headers, which check less without them.
 */
import { execFileSync } from 'node:child_process';
import { findChromium, isOnPath } from './find-tools.ts';
import { LOAD_BALANCERS } from './load-balancer.ts';

const isRootOnDebian = process.getuid?.() === 0 && isOnPath('apt-get');

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
    return true;
  } catch {
    return false;
  }
}

const packages = [
  ...(isOnPath('redis-server') ? [] : ['redis-server']),
  ...(findChromium() ? [] : ['chromium']),
  // Few tests use these, and they manage without: no message says that they cannot be installed.
  ...LOAD_BALANCERS.filter((name) => !isOnPath(name)),
];
if (isRootOnDebian && packages.length > 0) {
  runs('apt-get', 'update', '-qq');
  // All at once takes a fraction of the time; if one cannot be had, the others are installed one by one.
  const install = (...names: string[]) => runs('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...names);
  if (!install(...packages)) for (const name of packages) install(name);
}

const missing: string[] = [];
if (!isOnPath('redis-server')) {
  const how = {
    darwin: 'brew install redis',
    win32: 'npm test inside WSL, after: sudo apt install redis-server',
  };
  const command = how[process.platform as keyof typeof how] ?? 'sudo apt install redis-server';
  missing.push(`The tests need a Redis server on PATH. Install it with: ${command}`);
}

if (!findChromium() && !runs('npx', 'playwright', 'install', 'chromium')) {
  missing.push('The tests need Chromium. Install it with: npx playwright install --with-deps chromium');
}

for (const line of missing) process.stderr.write(`${line}\n`);
process.exitCode = missing.length;
