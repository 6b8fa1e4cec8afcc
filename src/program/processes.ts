import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from './logger.ts';
import type { Running } from './listen.ts';
import { NUMBER, processNumber } from './process-number.ts';

/** Thrown when one of the processes ends as it should not; that process has printed the reason. */
export class ProcessEndedError extends Error {
  readonly exitCode: number;

  /** `exitCode` is null if a signal ended the process. */
  constructor(exitCode: number | null) {
    super(`a process ended with exit code ${exitCode ?? 'none'}`);
    this.name = 'ProcessEndedError';
    this.exitCode = exitCode || 1;
  }
}

/** A process that lived this long did not die of a bad start, so the wait for its replacement is short again. */
const HEALTHY_AFTER_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const READY = 'gatehouse:ready';

/** Tells the process that called `startProcesses` that this one is ready. */
export function tellReady(): void {
  if (processNumber() !== undefined) process.send?.(READY);
}

/**
 * Runs this program `count` times more, as processes that share their ports. Replaces one that dies, after a wait that
 * doubles each time one dies young. Resolves once the first is ready: if that one cannot start, no other can.
 * @throws ProcessEndedError if the first ends before it is ready, and from `stop()` if one does not end in order
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

  /** Each process stops in order at its first signal, and ignores a second one. */
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
        // A process that the signal itself ended was still starting, so it had nothing to finish.
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
