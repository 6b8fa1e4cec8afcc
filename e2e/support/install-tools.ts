/**
 * `npm test` needs a Redis server and a Chromium. This finds them, installs what is missing where it can
 * (apt as root on Debian, else Playwright's installer for Chromium), or names the one command to run.
 * HAProxy and nginx are for the tests of rolling restarts and of headers, which do without them what they can.
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

const aptInstalls = (name: string) =>
  isRootOnDebian &&
  runs('apt-get', 'update', '-qq') &&
  runs('apt-get', 'install', '-y', '-qq', '--no-install-recommends', name);

const missing: string[] = [];

if (!isOnPath('redis-server') && !aptInstalls('redis-server')) {
  const how = {
    darwin: 'brew install redis',
    win32: 'npm test inside WSL, after: sudo apt install redis-server',
  };
  const command = how[process.platform as keyof typeof how] ?? 'sudo apt install redis-server';
  missing.push(`The tests need a Redis server on PATH. Install it with: ${command}`);
}

if (!findChromium() && !aptInstalls('chromium') && !runs('npx', 'playwright', 'install', 'chromium')) {
  missing.push('The tests need Chromium. Install it with: npx playwright install --with-deps chromium');
}

// Few tests need them, and do without: so nobody is told where they cannot be installed.
for (const name of LOAD_BALANCERS) {
  if (!isOnPath(name)) aptInstalls(name);
}

for (const line of missing) process.stderr.write(`${line}\n`);
process.exitCode = missing.length;
