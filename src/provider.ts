import { loadEnv } from './config/load-env.ts';
import { readProviderConfig } from './config/provider-config.ts';
import { run } from './platform/program.ts';

/** `npm run provider`: the local OpenID provider alone, for development and tests. */
await run(async () => {
  const config = readProviderConfig(loadEnv());
  // Loaded only now: without the development dependencies, production still reads why it does not start.
  const { startProvider } = await import('./provider/start-provider.ts');
  return startProvider(config);
});
