import type { Env } from '../gatehouse/config/env-reader.ts';
import { type Command, type Outcome, UsageError } from './command.ts';
import { doctor } from './doctor.ts';
import { provider } from './provider.ts';
import { sessions } from './sessions.ts';
import { token } from './token.ts';

const COMMANDS = new Map<string, Command>(Object.entries({ doctor, token, provider, sessions }));

/** Runs `gatehouse ARGS`. Resolves with undefined if the command ends the process by itself. @throws UsageError */
export async function runCommand(
  [name = '', ...args]: readonly string[],
  loadEnv: () => Env,
): Promise<Outcome | undefined> {
  if (name === '--help' || name === '-h' || args.includes('--help')) return { text: help(), exitCode: 0 };
  const command = COMMANDS.get(name);
  if (command) return command.run(args, loadEnv());
  const what = name ? `There is no command ${name}` : 'No command';
  throw new UsageError(`${what}; there are ${[...COMMANDS.keys()].join(', ')}. More: gatehouse --help`);
}

function help(): string {
  const rows = [...COMMANDS].map(
    ([name, { usage, about }]) => `  gatehouse ${`${name} ${usage}`.trim()}\n      ${about}`,
  );
  return [
    'The front door of an Express app: OpenID Connect login and sessions. Commands:',
    '',
    ...rows,
    '',
    'The configuration is that of the app: its environment, completed from .env in the working directory.',
    '',
  ].join('\n');
}
