import { ConfigError } from '../gatehouse/config/env-reader.ts';
import type { Logger } from './logger.ts';
import { CannotListenError, type Running } from './listen.ts';
import { PlainError } from './plain-error.ts';

/**
 * Runs one program: starts it, and stops it in order on SIGTERM or SIGINT with exit code 0. What a person can
 * mend (configuration, a port in use) is told in plain lines and ends with exit code 1.
 */
export async function run(start: () => Promise<Running>): Promise<void> {
  const stopping = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  try {
    const running = await start();
    await stopping;
    await running.stop();
    process.exit(0);
  } catch (error) {
    const expected = [ConfigError, CannotListenError, PlainError].some((kind) => error instanceof kind);
    process.stderr.write(`${expected ? (error as Error).message : (error as Error).stack}\n`);
    process.exit(1);
  }
}

/**
 * Logs promises that a handler forgot to await and that failed after its answer. Without this the first one ends
 * the process, and every request in flight with it.
 */
export function logLateFaults(log: Logger): void {
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a late fault, after its request ended'));
}

/** Several running parts as one; stopped all at once. */
export function together(parts: readonly Running[]): Running {
  return { stop: async () => void (await Promise.all(parts.map((part) => part.stop()))) };
}
