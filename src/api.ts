import { startApi } from './api/start-api.ts';
import { readApiConfig } from './config/api-config.ts';
import { loadEnv } from './config/load-env.ts';
import { run } from './platform/program.ts';

/** `npm run api`: the resource server alone, configured from the environment only. */
await run(() => startApi(readApiConfig(loadEnv())));
