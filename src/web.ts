import { loadEnv } from './program/load-env.ts';
import { readWebConfig } from './program/web-config.ts';
import { prepareOutgoing } from './program/outgoing.ts';
import { run } from './program/run.ts';
import { startWebProcesses } from './program/start-web-processes.ts';

/** `npm run web`: the web app alone, without the defaults of `npm start`. */
await run(async () => {
  const config = readWebConfig(loadEnv());
  await prepareOutgoing(config.proxies);
  return startWebProcesses(config);
});
