import { startApi } from './program/start-api.ts';
import { loadEnv } from './program/load-env.ts';
import { type LocalConfig, readLocalConfig } from './program/local-config.ts';
import { type Running, together } from './program/listen.ts';
import { prepareOutgoing } from './program/outgoing.ts';
import { processNumber } from './program/process-number.ts';
import { run } from './program/run.ts';
import { startWebProcesses } from './program/start-web-processes.ts';
import { loadProvider } from './provider/load-provider.ts';

/**
 * `npm start`: runs everything that a first login needs, in one process; if `WEB_CONCURRENCY` is more than 1, the web
 * app runs in as many others. With `--keep` (`npm run dev`), the local provider keeps its logins over restarts.
 */
await run(async () => {
  const config = readLocalConfig(loadEnv());
  await prepareOutgoing(config.web.proxies);
  // This is one of several web processes; the process that started it runs everything else.
  if (processNumber() !== undefined) return startWebProcesses(config.web);
  const parts: Running[] = [];
  if (config.provider) {
    const { startProvider, memoryFileOf } = await loadProvider();
    // Saving a source file restarts all of this, and must not sign anybody out.
    const memoryFile = process.argv.includes('--keep') ? memoryFileOf(config.provider.issuer) : undefined;
    parts.push(await startProvider(config.provider, { memoryFile }));
  }
  if (config.api) parts.push(await startApi(config.api));
  parts.push(await startWebProcesses(config.web));
  process.stdout.write(`${await welcome(config)}\n`);
  return together(parts);
});

async function welcome({ web, api, provider }: LocalConfig): Promise<string> {
  const lines = ['', `  Web app    ${web.baseUrl}`];
  lines.push(`  API        ${api ? api.publicUrl.origin : 'not started: set AUTH0_AUDIENCE to its identifier'}`);
  if (provider) {
    const { DEMO_USERS } = await import('./provider/demo-users.ts');
    lines.push(`  Provider   ${provider.issuer}  (local, for development)`, '');
    lines.push('  Demo users (name, password, what for):');
    for (const { username, password, purpose } of DEMO_USERS) {
      lines.push(`    ${username.padEnd(8)} ${password.padEnd(10)} ${purpose}`);
    }
  } else {
    lines.push(`  Provider   ${web.issuer}`);
  }
  lines.push('', '  Ctrl-C stops everything.', '');
  return lines.join('\n');
}
