import cluster from 'node:cluster';
import { listen, type Running, together } from './listen.ts';
import { createLogger } from './logger.ts';
import { createMetricsOfAll } from './metrics.ts';
import { processNumber } from './process-number.ts';
import { startProcesses, tellReady } from './processes.ts';
import { serverConfig } from './program-config.ts';
import { startWeb } from './start-web.ts';
import type { WebConfig } from './web-config.ts';

/**
 * Starts the web app in as many processes as `WEB_CONCURRENCY` says; if that is 1, in this process itself.
 * @throws CannotListenError, ProcessEndedError
 */
export async function startWebProcesses(config: WebConfig): Promise<Running> {
  const { processes, metricsPort, port } = config;
  if (processNumber() !== undefined) {
    // The process that started this one has logged the warnings, and serves the metrics of all.
    const running = await startWeb({ ...config, warnings: [] });
    tellReady();
    return running;
  }
  if (processes === 1 || !cluster.isPrimary) return startWeb(config);
  const log = createLogger(config, 'web');
  for (const warning of config.warnings) log.warn(warning);
  const parts: Running[] = [];
  if (metricsPort !== undefined) {
    const options = { name: 'metrics server', port: metricsPort, variable: 'METRICS_PORT', ...serverConfig(config) };
    parts.push(await listen(createMetricsOfAll(), options));
  }
  parts.push(await startProcesses(processes, log));
  log.info(`${processes} web processes share port ${port}`);
  return together(parts);
}
