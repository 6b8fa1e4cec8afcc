import { ConfigError } from '../gatehouse/config/env-reader.ts';
import type { Logger } from './logger.ts';
import { CannotListenError, type Running } from './listen.ts';
import { PlainError } from './plain-error.ts';
import { ProcessEndedError } from './processes.ts';

/**
 * Runs one program: starts it, and stops it in order on SIGTERM or SIGINT, however often they come, with exit code 0.
 * Errors that a person can fix (configuration, a port in use) are shown without a stack, and end with exit code 1.
 */
export async function run(start: () => Promise<Running>): Promise<void> {
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    // Keep listening: npm passes on a signal that the terminal or systemd has already sent to the whole group, and a
    // second signal without a listener would end the process at once, with all requests in flight.
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
  try {
    const running = await start();
    // Ctrl-C (SIGINT) comes from a person, who has no load balancer in front.
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
 * Logs promises that a handler forgot to await and that failed after its answer. Without this, the first one would end
 * the process, and every request in flight with it.
 */
export function logLateFaults(log: Logger): void {
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a late fault, after its request ended'));
}
