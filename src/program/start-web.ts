import { createApp } from '../app/create-app.ts';
import { doorPages } from '../app/door-pages.ts';
import { createDownstreamApi } from '../app/downstream-api.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError, type Door, gatehouse } from '../gatehouse/index.ts';
import { listen, type Running, together } from './listen.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { requestLog } from './request-log.ts';
import { processNumber } from './process-number.ts';
import { serverConfig } from './program-config.ts';
import { logLateFaults } from './run.ts';
import type { WebConfig } from './web-config.ts';
import { createServerParts } from './web-server.ts';

/** Starts the web app in this process: door → app → listen. @throws CannotListenError, ConfigError */
export async function startWeb(config: WebConfig): Promise<Running> {
  const log = createLogger(config, 'web');
  logLateFaults(log);
  for (const warning of config.warnings) log.warn(warning);
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const observed = metrics && { observe: metrics.observe };
  const door = gatehouse({ env: config.env, log, pages: doorPages, ...observed });
  await refuseTemplate(door);
  const before = [requestLog(log, (req) => door.logFields(req)), ...(metrics ? [metrics.middleware] : [])];
  const draining = new AbortController();
  const app = createApp(
    { config, door, api: createDownstreamApi(config) },
    createServerParts(config, before, draining.signal),
  );
  const { port, metricsPort, shutdownTimeoutSeconds } = config;
  const shared = serverConfig(config);
  const parts = [await listen(app, { name: 'web app', port, variable: 'PORT', ...shared })];
  if (metrics && metricsPort !== undefined && processNumber() === undefined) {
    const options = { name: 'metrics server', port: metricsPort, variable: 'METRICS_PORT', ...shared };
    parts.push(await listen(metrics.app, options));
  }
  log.info(`web app ready on ${config.baseUrl}, port ${port}`);
  // Report now, before the first visitor meets it, a fault that will not pass by itself.
  void door.ready().catch(({ code, cause }: { code?: string; cause?: Error }) => {
    if (code === 'PROVIDER_MISCONFIGURED') log.error(`nobody can sign in: ${cause?.message ?? code}`);
  });
  const servers = together(parts);
  return {
    drain: async () => {
      draining.abort();
      await servers.drain?.();
    },
    stop: async () => {
      draining.abort();
      const endsAt = performance.now() + shutdownTimeoutSeconds * 1000;
      await servers.stop();
      await door.stop(Math.max(1000, endsAt - performance.now()));
    },
  };
}

/** How long to wait for the provider at the start: one that is away or slow must not keep the app from starting. */
const FIRST_LOOK_MS = 1000;

/** @throws ConfigError if the provider says in time that its issuer is for many tenants: nobody could ever sign in */
async function refuseTemplate(door: Door): Promise<void> {
  const looked = door.ready().then(
    () => undefined,
    ({ cause }: Error) => cause,
  );
  const cause = await Promise.race([looked, delay(FIRST_LOOK_MS, undefined, { ref: false })]);
  if (cause instanceof ConfigError) throw cause;
}
