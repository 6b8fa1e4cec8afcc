import { ConfigError } from '../gatehouse/config/env-reader.ts';
import type { Logger } from './logger.ts';
import { CannotListenError, type Running } from './listen.ts';
import { PlainError } from './plain-error.ts';
import { ProcessEndedError } from './processes.ts';

/**
 * Runs one program: starts it, and stops it in order on SIGTERM or SIGINT, however often they come, with exit code 0. What
 * a person can mend (configuration, a port in use) is told in plain lines and ends with exit code 1.
 */
export async function run(start: () => Promise<Running>): Promise<void> {
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    // For good: npm hands on what the terminal or systemd has sent to the whole group already, and a second signal that
    // nobody listens to would end the process at once, with all that is in flight.
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
  try {
    const running = await start();
    // Whoever presses Ctrl-C has no load balancer in front.
    if ((await stopping) === 'SIGTERM') await running.drain?.();
    await running.stop();
    process.exit(0);
  } catch (error) {
    if (error instanceof ProcessEndedError) process.exit(error.exitCode);
    process.stderr.write(`${inWords(error)}\n`);
    process.exit(1);
  }
}

function inWords(error: unknown): string | undefined {
  const isPlain = [ConfigError, CannotListenError, PlainError].some((kind) => error instanceof kind);
  return isPlain ? (error as Error).message : (error as Error).stack;
}

/**
 * Logs promises that a handler forgot to await and that failed after its answer. Without this the first one ends
 * the process, and every request in flight with it.
 */
export function logLateFaults(log: Logger): void {
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a late fault, after its request ended'));
}
