import { createApp } from '../api/create-app.ts';
import type { ApiConfig } from './api-config.ts';
import { listen, type Running } from './listen.ts';
import { createLogger } from './logger.ts';
import { serverConfig } from './program-config.ts';
import { requestLog } from './request-log.ts';

/** Starts the resource server. @throws CannotListenError */
export async function startApi(config: ApiConfig): Promise<Running> {
  const log = createLogger(config, 'api');
  const { env, port } = config;
  const app = createApp({ config, env, log, before: [requestLog(log)] });
  const server = await listen(app, { name: 'resource server', port, variable: 'API_PORT', ...serverConfig(config) });
  log.info(`resource server ready on ${config.publicUrl.origin}, port ${port}`);
  return server;
}
