import type { WebConfig } from '../gatehouse/config/web-config.ts';
import { createLogger } from '../program/logger.ts';
import { logLateFaults, together } from '../program/run.ts';
import { listen, type Running } from '../program/listen.ts';
import { createApp } from './create-app.ts';
import { createServices } from './services.ts';

/** Starts the web app: services → app → listen. @throws CannotListenError */
export async function startWeb(config: WebConfig): Promise<Running> {
  const log = createLogger(config, 'web');
  logLateFaults(log);
  for (const warning of config.warnings) log.warn(warning);
  if (!config.redis) {
    log.warn(
      'sessions live in cookies: they cannot be ended from elsewhere, and parallel requests can undo each other; set REDIS_URL for more (docs/sessions.md)',
    );
  }
  const services = createServices(config, log);
  const { host, port, metricsPort, shutdownTimeoutSeconds } = config;
  const server = await listen(createApp(services), {
    name: 'web app',
    port,
    variable: 'PORT',
    host,
    shutdownTimeoutSeconds,
  });
  const parts = [server];
  if (services.metrics && metricsPort !== undefined) {
    const options = {
      name: 'metrics server',
      port: metricsPort,
      variable: 'METRICS_PORT',
      host,
      shutdownTimeoutSeconds,
    };
    parts.push(await listen(services.metrics.app, options));
  }
  // Warmed without delaying the start; while the provider is away, whoever needs them asks again.
  services.keys.including(undefined).catch((error: Error) => log.warn(error.message));
  log.info(`web app ready on ${config.baseUrl}`);
  return {
    stop: async () => {
      const endsAt = performance.now() + shutdownTimeoutSeconds * 1000;
      await together(parts).stop();
      await services.stop(Math.max(1000, endsAt - performance.now()));
    },
  };
}
