import { runProvider } from './command/provider.ts';
import { loadEnv } from './program/load-env.ts';

/** `npm run provider`: the local OpenID provider alone, for development and tests. */
await runProvider(loadEnv(), () => {});
