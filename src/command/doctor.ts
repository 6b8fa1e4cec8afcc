import { examine } from '../doctor/examine.ts';
import { asJson, asText, isHealthy, withoutSecrets } from '../doctor/report.ts';
import { readHostSetup, type ReadSetup } from '../doctor/setup.ts';
import type { Env } from '../gatehouse/config/env-reader.ts';
import { prepareOutgoing } from '../program/outgoing.ts';
import { type Command, type Outcome, readArgs } from './command.ts';

/**
 * Tries what a login needs of the configuration, the provider, Redis and the API, and says how to mend what is wrong. Exit
 * code 0 when logins can work. `--json` for programs. @throws UsageError
 */
export async function runDoctor(args: readonly string[], env: Env, readSetup: ReadSetup): Promise<Outcome> {
  const { values } = readArgs(args, { json: { type: 'boolean', default: false } });
  const setup = readSetup(env);
  await prepareOutgoing(setup.proxies);
  const { isTTY } = process.stderr;
  if (isTTY) process.stderr.write('Checking all that a login needs; ten seconds at most …');
  const checks = withoutSecrets(await examine(setup), setup.secrets);
  if (isTTY) process.stderr.write('\r\u001b[K');
  const text = values.json ? asJson(checks) : asText(checks);
  return { text, exitCode: isHealthy(checks) ? 0 : 1, isFinal: true };
}

export const doctor: Command = {
  usage: '[--json]',
  about: 'checks the configuration against the provider and Redis, and says how to mend it',
  run: (args, env) => runDoctor(args, env, readHostSetup),
};
