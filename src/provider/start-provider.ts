import type { ProviderConfig } from '../program/provider-config.ts';
import { createLogger } from '../program/logger.ts';
import { listen, type Running } from '../program/listen.ts';
import { serverConfig } from '../program/program-config.ts';
import { createProviderApp, type ProviderOptions } from './create-provider.ts';

export { memoryFileOf } from './memory.ts';

/** Starts the local OpenID provider. @throws CannotListenError */
export async function startProvider(
  config: ProviderConfig,
  options: Pick<ProviderOptions, 'usersOnTheSpot' | 'memoryFile'> = {},
): Promise<Running> {
  const log = createLogger(config, 'provider');
  const app = await createProviderApp(config, { ...options, log: (event, details) => log.debug(details, event) });
  const { port } = config;
  const named = { name: 'local OpenID provider', port, variable: 'PROVIDER_PORT' };
  const server = await listen(app, { ...named, ...serverConfig(config) });
  if (options.memoryFile) log.info(`the local OpenID provider keeps its keys and logins in ${options.memoryFile}`);
  log.info(`local OpenID provider ready on ${config.issuer}, port ${port}`);
  return server;
}
