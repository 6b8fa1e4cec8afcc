import { loadEnv } from './config/load-env.ts';
import { readProviderConfig } from './config/provider-config.ts';
import { run } from './platform/program.ts';
import { startProvider } from './provider/start-provider.ts';

/** `npm run provider`: the local OpenID provider alone, for development and tests. */
await run(() => startProvider(readProviderConfig(loadEnv())));
