import { startApi } from './program/start-api.ts';
import { readApiConfig } from './program/api-config.ts';
import { loadEnv } from './program/load-env.ts';
import { prepareOutgoing } from './program/outgoing.ts';
import { run } from './program/run.ts';

/** `npm run api`: the resource server alone, without the defaults of `npm start`. */
await run(async () => {
  const config = readApiConfig(loadEnv());
  await prepareOutgoing(config.proxies);
  return startApi(config);
});
