/**
 * Measures what a page view and a login cost, compared with a bare Express app and with the SDK as its documentation
 * shows it. Exit code 1 if an answer was wrong.
 *
 * `npm run bench`, `npm run bench -- --quick`, `npm run bench -- --sessions 1000000`
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Answers } from './answers.ts';
import { drawChart } from './chart.ts';
import { progress } from './progress.ts';
import { report } from './report.ts';
import type { Plan } from './results.ts';
import { compareWithSessions, reportSessions } from './sessions.ts';
import { signInEverywhere } from './sign-in.ts';
import { startStage } from './stage.ts';
import { takeResults } from './take-results.ts';
import { createViews } from './views.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, sessions: { type: 'string' } },
});
const { quick } = values;
const sessions = values.sessions === undefined ? undefined : Number(values.sessions);
if (sessions !== undefined && !(Number.isInteger(sessions) && sessions > 0)) {
  process.stderr.write('--sessions takes a number of sessions, such as 1000000\n');
  process.exit(2);
}

const latencyConnections = [1, 32, 256];
const plan: Plan = quick
  ? { windowMs: 250, cycles: 3, connections: 32, latencyConnections }
  : { windowMs: 3000, cycles: 8, connections: 32, latencyConnections };
const warmUpMs = quick ? 600 : 3000;
// Only one view is warmed up, so there is time. Code not yet compiled would look like the cost of an empty Redis.
const sessionsWarmUpMs = 4000;

// Other programs share caches and cores. They slow cold code more than hot code, so that the ratios grow.
const [load = 0] = loadavg();
if (load > cpus().length / 2)
  progress(`others use this machine (load ${load.toFixed(1)}): take no figure from this run`);
progress('starts Redis, the providers, and bare, ours and sdk');
const stage = await startStage();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void stage.stop().finally(() => process.exit(130)));
}
const answers = new Answers();
try {
  const signedIn = await signInEverywhere(stage);
  const views = createViews(signedIn.cookies, signedIn.userName);
  const bench = { stage, signedIn, views, plan, answers };
  if (sessions !== undefined) {
    const results = await compareWithSessions(bench, sessions, sessionsWarmUpMs);
    process.stdout.write(reportSessions(results));
    write('sessions', results);
  } else {
    const results = await takeResults(bench, warmUpMs);
    process.stdout.write(report(results));
    write('results', results);
    writeFileSync(quick ? 'bench/results.quick.svg' : 'docs/images/bench.svg', drawChart(results));
  }
} finally {
  await stage.stop();
}
if (answers.wrong > 0) {
  process.stderr.write(`${answers.wrong} answers were wrong. The first: ${answers.example ?? ''}\n`);
  process.exitCode = 1;
}

/** A quick run does not replace the figures of a full one. */
function write(name: string, results: unknown): void {
  const file = `bench/${name}${quick ? '.quick' : ''}.json`;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  progress(`wrote ${file}`);
}
