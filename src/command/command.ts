import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Env } from '../gatehouse/config/env-reader.ts';
import { PlainError } from '../program/plain-error.ts';

/** What a command prints at its end, and its exit code. */
export interface Outcome {
  readonly text: string;
  readonly exitCode: number;
  /** Whether to exit without waiting for what still hangs, such as a DNS lookup. Default: false. */
  readonly isFinal?: boolean;
}

/** One of the commands `gatehouse NAME`. */
export interface Command {
  /** What may follow the name. */
  readonly usage: string;
  readonly about: string;
  /** Resolves with undefined if it has printed everything and ends the process by itself. @throws UsageError */
  run(args: readonly string[], env: Env): Promise<Outcome | undefined>;
}

/** Thrown for a command line that makes no sense: one line of error, and exit code 2. */
export class UsageError extends PlainError {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>;

/** Reads the options of a command line; `positionals` are its other words, at most `words`. @throws UsageError */
export function readArgs<const T extends Options>(args: readonly string[], options: T, words = 0): Read<T> {
  try {
    const read = parseArgs({ args: [...args], options, allowPositionals: true });
    if (read.positionals.length > words) throw new Error(`Unexpected argument '${read.positionals[words] ?? ''}'`);
    return read;
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n', 1)[0] ?? '', { cause: error });
  }
}

/**
 * Prints the outcome of `work` and sets the exit code: 2 for a `UsageError`, 1 for every other error. Prints only the
 * message of an error, never its stack.
 */
export async function finish(work: () => Promise<Outcome | undefined>): Promise<void> {
  try {
    const outcome = await work();
    if (!outcome) return;
    const { text, exitCode, isFinal = false } = outcome;
    process.exitCode = exitCode;
    process.stdout.write(text, () => {
      if (isFinal) process.exit(exitCode);
    });
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    process.stderr.write(`${(error as Error).message}\n`);
  }
}
