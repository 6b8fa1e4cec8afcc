import { loadEnv } from './program/load-env.ts';
import { readWebConfig } from './program/web-config.ts';
import { run } from './program/run.ts';
import { startWeb } from './program/start-web.ts';

/** `npm run web`: the web app alone, configured from the environment only. */
await run(() => startWeb(readWebConfig(loadEnv())));
