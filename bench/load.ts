import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Answers } from './answers.ts';
import type { Contestant } from './contestants.ts';
import type { View } from './views.ts';

/** What one window under load has shown. */
export interface Window {
  /** CPU time of the server's process for one answer. */
  readonly microseconds: number;
  readonly perSecond: number;
  /** One for each answer, in the order they came. */
  readonly latenciesMs: readonly number[];
}

export interface LoadOptions {
  readonly connections: number;
  readonly windowMs: number;
  readonly answers: Answers;
}

/** Until every connection is open and the load is even. */
const RAMP_MS = 150;

/** A window goes on until it has so many answers. */
const FEWEST = 20;

/**
 * Asks for one view over and over, on connections that are kept alive, and checks every answer. The window is
 * inside of the run: neither the opening of connections nor requests that are cut off at its end are measured.
 */
export async function loadView(contestant: Contestant, view: View, options: LoadOptions): Promise<Window> {
  const { connections, windowMs, answers } = options;
  const what = `${view.path} (${view.kind}) of ${contestant.name}`;
  let count = 0;
  let latenciesMs: number[] | undefined;
  const run = start({
    url: contestant.url + view.path,
    connections,
    // Ended by `stop`, which is looked for once in a sample.
    duration: 3600,
    sampleInt: 25,
    headers: view.headers(contestant.name),
    verifyBody: (body) => {
      const isRight = typeof body === 'string' && view.isRight(body);
      answers.add(isRight, () => `${what} answered: ${String(body).slice(0, 300)}`);
      return isRight;
    },
  });
  run.instance.on('response', (_client, status, _bytes, ms) => {
    count += 1;
    latenciesMs?.push(ms);
    if (status !== 200) answers.addWrong(`${what} answered with status ${status}`);
  });
  run.instance.on('reqError', (error) => answers.addWrong(`${what} did not answer: ${String(error)}`));

  await delay(RAMP_MS);
  const before = { ...(await contestant.usage()), count, at: performance.now() };
  latenciesMs = [];
  await delay(windowMs);
  // On a machine that is busy with other things, a short window may see next to nothing.
  for (let waited = 0; latenciesMs.length < FEWEST && waited < 10_000; waited += 25) await delay(25);
  if (latenciesMs.length === 0) throw new Error(`${what}: no answer. ${answers.example ?? ''}`);
  const after = { ...(await contestant.usage()), count, at: performance.now() };
  const seen = latenciesMs;
  latenciesMs = undefined;
  run.instance.stop();
  await run.ended;
  await untilIdle(contestant);
  const answered = after.count - before.count;
  return {
    microseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answered,
    perSecond: (answered * 1000) / (after.at - before.at),
    latenciesMs: seen,
  };
}

/** What was cut off is still worked on for a moment, at the cost of whoever is measured next. */
async function untilIdle(contestant: Contestant): Promise<void> {
  const STEP_MS = 30;
  const deadline = performance.now() + 3000;
  for (let last = await contestant.usage(); performance.now() < deadline;) {
    await delay(STEP_MS);
    const now = await contestant.usage();
    if (now.cpuMicroseconds - last.cpuMicroseconds < STEP_MS * 100) return;
    last = now;
  }
}

function start(options: autocannon.Options & { readonly sampleInt: number }) {
  let instance: autocannon.Instance | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    instance = autocannon(options, (error: Error | null) => (error ? reject(error) : resolve()));
  });
  if (!instance) throw new Error('autocannon did not start');
  return { instance, ended };
}
