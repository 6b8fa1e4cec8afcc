/**
 * Simulated users visit three web processes. These are killed and restarted, each time a step further in a change of
 * the secret, and Redis is paused, killed and restarted with its persistence. Exit code 0 only if no session was lost,
 * shown to somebody else or brought back, and every answer was one that a user may get at that moment.
 *
 * `npm run test:chaos -- --seconds 120 --users 20 --seed 7`
 */
import { createHash, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createBrowser } from './browser.ts';
import { Faults } from './faults.ts';
import { createPrograms } from './programs.ts';
import { Report } from './report.ts';

const string = { type: 'string' } as const;
const { values } = parseArgs({ options: { seconds: string, users: string, seed: string } });
const seconds = wholeNumber('seconds', 60, 300);
const users = wholeNumber('users', 20, 200);
const seed = wholeNumber('seed', randomInt(1, 1_000_000), 1_000_000_000);

const report = new Report();
const programs = await createPrograms(
  (what) => report.breach('unexpected', what),
  () => report.count('secret changed'),
);
process.on('exit', () => programs.killAll());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
await programs.startAll();

const { webs, redis } = programs;
const urls = [redis, ...webs].map(({ url }) => url).join(', ');
report.note(`${users} users, ${seconds} s of faults, seed ${seed}; ${urls}`);
const faults = new Faults(programs, report);
const browsers = Array.from({ length: users }, (_, id) =>
  createBrowser(id, { webs, faults, report }, random(`browser ${id}`)),
);
const untilMs = performance.now() + seconds * 1000;
await Promise.all([...browsers.map((browser) => browser.run(untilMs)), faults.makeUntil(untilMs, random)]);
await Promise.all(browsers.map((browser) => browser.verify()));
report.print();
process.exit(report.isClean ? 0 : 1);

function wholeNumber(name: keyof typeof values, byDefault: number, max: number): number {
  const value = Number(values[name] ?? byDefault);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  process.stderr.write(`--${name} takes a whole number from 1 to ${max}\n`);
  process.exit(2);
}

/** Numbers from 0 to 1, the same for the same seed and actor, so that no actor's plan depends on what others do. */
function random(actor: string): () => number {
  let count = 0;
  return () => {
    const hash = createHash('sha256')
      .update(`${seed} ${actor} ${(count += 1)}`)
      .digest();
    return hash.readUInt32LE() / 2 ** 32;
  };
}
