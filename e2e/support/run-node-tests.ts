/**
 * Runs node:test files: `unit` those that need nothing, `integration` those with a real Redis or real programs.
 * It is a program because Node 20 expands no globs, and Windows has no shell that would.
 * Names given after the kind select files: `npm run test:unit -- return-to`.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [kind, ...only] = process.argv.slice(2);

const files = ['src', 'e2e', 'bench']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
  // These need what not everybody has, and have commands of their own: npm run test:providers, npm run test:browsers.
  .filter((file) => !['providers', 'browsers'].some((folder) => file.startsWith(join('e2e', folder))))
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => (kind === 'integration') === (file.endsWith('.redis.test.ts') || file.startsWith('e2e')))
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .map((file) => resolve(file));

if (files.length === 0) throw new Error(`No ${kind} test matches.`);

// Most of them wait for programs to start or stop: two keep two cores half busy.
const concurrency = kind === 'integration' ? 3 : 2;
const results = run({ files, concurrency, timeout: 120_000 });
results.on('test:fail', () => {
  process.exitCode = 1;
});
pipeline(results, new spec(), process.stdout, () => {});
