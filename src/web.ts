import { loadEnv } from './config/load-env.ts';
import { readWebConfig } from './config/web-config.ts';
import { run } from './platform/program.ts';
import { startWeb } from './web/start-web.ts';

/** `npm run web`: the web app alone, configured from the environment only. */
await run(() => startWeb(readWebConfig(loadEnv())));
