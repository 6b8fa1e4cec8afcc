import type { ApiConfig } from '../program/api-config.ts';
import { listen, type Running } from '../program/listen.ts';
import { createLogger } from '../program/logger.ts';
import { createApp } from './create-app.ts';

/** Starts the resource server. @throws CannotListenError */
export async function startApi(config: ApiConfig): Promise<Running> {
  const log = createLogger(config, 'api');
  const { host, port, shutdownTimeoutSeconds } = config;
  const server = await listen(createApp({ config, log }), {
    name: 'resource server',
    port,
    variable: 'API_PORT',
    host,
    shutdownTimeoutSeconds,
  });
  log.info(`resource server ready on ${config.publicUrl.origin}`);
  return server;
}
