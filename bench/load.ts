import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Answers } from './answers.ts';
import type { Contestant } from './contestants.ts';
import type { View } from './views.ts';

/** What was measured in one window under load. */
export interface Window {
  /** CPU time of the server's process for one answer. */
  readonly microseconds: number;
  readonly perSecond: number;
  /** One for each answer, in the order in which they came. */
  readonly latenciesMs: readonly number[];
}

export interface LoadOptions {
  readonly connections: number;
  readonly windowMs: number;
  readonly answers: Answers;
}

/** Time until every connection is open and the load is even. */
const RAMP_MS = 150;

/** A window goes on until it has this many answers. */
const FEWEST = 20;

/**
 * Requests one view over and over on kept-alive connections, and checks every answer. The window lies inside the run,
 * so it includes neither the opening of connections nor the requests that are cut off at the end.
 */
export async function loadView(contestant: Contestant, view: View, options: LoadOptions): Promise<Window> {
  const { connections, windowMs, answers } = options;
  const what = `${view.path} (${view.kind}) of ${contestant.name}`;
  let count = 0;
  let latenciesMs: number[] | undefined;
  const run = start({
    url: contestant.url + view.path,
    connections,
    // `stop` ends the run earlier; autocannon looks for it once in each sample.
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
  // On a busy machine, a short window may see next to no answers.
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

/** Waits until the server has finished the requests that were cut off: they would cost whoever is measured next. */
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
