import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from './logger.ts';
import type { Running } from './listen.ts';
import { NUMBER, processNumber } from './process-number.ts';

/** Thrown when one of the processes ends as it should not; it has said why itself. */
export class ProcessEndedError extends Error {
  readonly exitCode: number;

  /** `exitCode` is null where a signal ended it. */
  constructor(exitCode: number | null) {
    super(`a process ended with exit code ${exitCode ?? 'none'}`);
    this.name = 'ProcessEndedError';
    this.exitCode = exitCode || 1;
  }
}

/** Whoever lived that long has not died of how it was started: the next one comes soon again. */
const HEALTHY_AFTER_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const READY = 'gatehouse:ready';

/** Tells whoever waits in `startProcesses`. */
export function tellReady(): void {
  if (processNumber() !== undefined) process.send?.(READY);
}

/**
 * Runs this very program `count` times more, as processes that share their ports. One that dies is replaced, after a wait that
 * doubles with each that dies young. Resolves once the first is ready: what that one cannot, no other can.
 * @throws ProcessEndedError where the first ends before, and from `stop()` where one does not end in order
 */
export async function startProcesses(count: number, log: Logger): Promise<Running> {
  const timers = new Set<NodeJS.Timeout>();
  let isReplacing = false;
  let waitMs = FIRST_WAIT_MS;

  function start(number: number): Worker {
    const begun = performance.now();
    const worker = cluster.fork({ [NUMBER]: String(number) });
    worker.once('exit', (code: number | null, signal: string | null) => {
      if (!isReplacing) return;
      if (performance.now() - begun > HEALTHY_AFTER_MS) waitMs = FIRST_WAIT_MS;
      const timer = setTimeout(() => {
        timers.delete(timer);
        log.warn(`web process ${number} ended (${signal ?? `exit code ${code}`}) and is replaced`);
        start(number);
      }, waitMs);
      timers.add(timer);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    });
    return worker;
  }

  /** Each stops in order by itself, and takes a second signal for the first. */
  function signalAll(signal: NodeJS.Signals): void {
    isReplacing = false;
    for (const timer of timers) clearTimeout(timer);
    for (const worker of living()) worker.process.kill(signal);
  }

  await ready(start(1));
  isReplacing = true;
  for (let number = 2; number <= count; number += 1) start(number);
  return {
    drain: async () => signalAll('SIGTERM'),
    stop: async () => {
      const ends = living().map((worker) => once(worker, 'exit') as Promise<[number | null, string | null]>);
      signalAll('SIGINT');
      for (const [code, signal] of await Promise.all(ends)) {
        // One that was not listening yet had nothing to finish.
        const isInOrder = code === 0 || signal === 'SIGTERM' || signal === 'SIGINT';
        if (!isInOrder) throw new ProcessEndedError(code);
      }
    },
  };
}

function living(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message) => message === READY && resolve());
    worker.once('exit', (code: number | null) => reject(new ProcessEndedError(code)));
  });
}
