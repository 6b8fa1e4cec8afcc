/** `npm run test:deploy` tries what is in deploy/ as far as this machine can, and says what it tried and what not. */
import { tryImage } from './try/image.ts';
import { tryProcfile } from './try/procfile.ts';
import { tryComposeFile, tryKubernetes } from './try/schemas.ts';
import { tryTopology } from './try/topology.ts';
import { NotTried } from './try/trial.ts';
import { trySystemCalls, tryUnits } from './try/units.ts';

const TRIALS: readonly [what: string, attempt: () => Promise<string>][] = [
  ['systemd/*.service', tryUnits],
  ['systemd: system calls', trySystemCalls],
  ['compose.yaml', tryComposeFile],
  ['compose.yaml, nginx.conf', tryTopology],
  ['kubernetes/*.yaml', tryKubernetes],
  ['Procfile', tryProcfile],
  ['Dockerfile', tryImage],
];

const only = process.argv.slice(2);
for (const [what, attempt] of TRIALS) {
  if (only.length > 0 && !only.some((part) => what.includes(part))) continue;
  try {
    say('✔', what, await attempt());
  } catch (error) {
    const isMissing = error instanceof NotTried;
    say(isMissing ? '–' : '✖', what, isMissing ? `not tried: ${error.message}` : String((error as Error).stack));
    if (!isMissing) process.exitCode = 1;
  }
}

function say(sign: string, what: string, text: string): void {
  process.stdout.write(`${sign} ${what.padEnd(25)} ${text}\n`);
}
