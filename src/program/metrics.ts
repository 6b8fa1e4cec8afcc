import type { RequestListener } from 'node:http';
import express, { type RequestHandler } from 'express';
import { AggregatorRegistry, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { GatehouseOptions } from '../gatehouse/index.ts';
import { doorMetrics } from '../metrics/index.ts';
import { processNumber } from './process-number.ts';
import { routeOf } from './request-log.ts';

export interface Metrics {
  /** Measures each request by method, route pattern and status. */
  readonly middleware: RequestHandler;
  /** Measures the door, which reports its events here. */
  readonly observe: NonNullable<GatehouseOptions['observe']>;
  /** Serves `GET /metrics` as Prometheus text; listens on a port of its own, away from users. */
  readonly app: RequestListener;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  if (processNumber() !== undefined) {
    AggregatorRegistry.setRegistries([registry]);
    // Its constructor adds the listener that answers `createMetricsOfAll`.
    new AggregatorRegistry();
  }
  return {
    observe: doorMetrics(registry),
    app: serving(registry.contentType, () => registry.metrics()),
    middleware: (req, res, next) => {
      const end = duration.startTimer();
      res.on('finish', () => end({ method: req.method, route: routeOf(req) ?? 'none', status: res.statusCode }));
      next();
    },
  };
}

/** Like `app` of `createMetrics`, but for all processes that this one has started. */
export function createMetricsOfAll(): RequestListener {
  const registry = new AggregatorRegistry();
  return serving(registry.contentType, () => registry.clusterMetrics());
}

function serving(contentType: string, metrics: () => Promise<string>): RequestListener {
  const app = express().disable('x-powered-by');
  app.get('/metrics', async (_req, res) => {
    res.type(contentType).send(await metrics());
  });
  return app;
}
