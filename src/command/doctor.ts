import { examine } from '../doctor/examine.ts';
import { asJson, asText, isHealthy, withoutSecrets } from '../doctor/report.ts';
import { readHostSetup, type ReadSetup } from '../doctor/setup.ts';
import type { Env } from '../gatehouse/config/env-reader.ts';
import { prepareOutgoing } from '../program/outgoing.ts';
import { type Command, type Outcome, readArgs } from './command.ts';

/**
 * Checks what a login needs: the configuration, the provider, Redis and the API. Says how to fix what is wrong. The
 * exit code is 0 if logins can work. `--json` is for programs. @throws UsageError
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
