import { loadEnv } from './program/load-env.ts';
import { readProviderConfig } from './program/provider-config.ts';
import { run } from './program/run.ts';

/** `npm run provider`: the local OpenID provider alone, for development and tests. */
await run(async () => {
  const config = readProviderConfig(loadEnv());
  // Loaded only now: without the development dependencies, production still reads why it does not start.
  const { startProvider } = await import('./provider/start-provider.ts');
  return startProvider(config);
});
