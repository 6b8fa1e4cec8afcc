import { parseArgs } from 'node:util';
import { loadEnv } from './program/load-env.ts';
import { prepareOutgoing } from './program/outgoing.ts';
import { apiChecks } from './doctor/api-checks.ts';
import { type Check, skipped } from './doctor/check.ts';
import { clientChecks } from './doctor/client-checks.ts';
import { localChecks } from './doctor/local-checks.ts';
import { discover, providerChecks } from './doctor/provider-checks.ts';
import { redisChecks } from './doctor/redis-checks.ts';
import { asJson, asText, isHealthy, withoutSecrets } from './doctor/report.ts';
import { readSetup, type Setup } from './doctor/setup.ts';

/**
 * `npm run doctor`: tries what a login needs of the configuration, the provider, Redis and the API, and says how to
 * mend what is wrong. Exit code 0 when logins can work. `--json` for programs.
 */
async function main(): Promise<{ report: string; exitCode: number }> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const setup = readSetup(loadEnv());
  await prepareOutgoing(setup.proxies);
  const { isTTY } = process.stderr;
  if (isTTY) process.stderr.write('Asking the provider, Redis and the API; ten seconds at most …');
  const checks = withoutSecrets(await allChecks(setup), setup.secrets);
  if (isTTY) process.stderr.write('\r\u001b[K');
  const report = values.json ? asJson(checks) : asText(checks);
  return { report, exitCode: isHealthy(checks) ? 0 : 1 };
}

async function allChecks(setup: Setup): Promise<Check[]> {
  const parts = await Promise.all([providerAndClientChecks(setup), redisChecks(setup.redis), apiChecks(setup)]);
  return [...localChecks(setup), ...parts.flat()];
}

async function providerAndClientChecks(setup: Setup): Promise<Check[]> {
  const discovered = setup.issuer ? await discover(setup.issuer) : undefined;
  const { server } = discovered ?? {};
  const parts = await Promise.all([
    providerChecks(setup, discovered),
    setup.web && server ? clientChecks(setup.web.door, server) : clientSkipped(setup),
  ]);
  return parts.flat();
}

function clientSkipped({ web }: Setup): Check[] {
  const first = web ? 'the provider has to answer' : 'the configuration has to be mended';
  return ['client', 'callback', 'audience'].map((name) => ({
    name,
    ...skipped(`not checked: ${first} first`),
  }));
}

const end = await main().catch((error: Error) => ({ report: `${error.message}\n`, exitCode: 1 }));
// Whatever still hangs, such as a name that DNS does not find, is not waited for.
process.stdout.write(end.report, () => process.exit(end.exitCode));
