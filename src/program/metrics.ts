import express, { type Request, type RequestHandler } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Measures each request by method, route pattern and status. */
  readonly middleware: RequestHandler;
  /** Serves `GET /metrics` as Prometheus text; listens on a port of its own, away from the users' one. */
  readonly app: express.Express;
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
  const app = express().disable('x-powered-by');
  app.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  });
  return {
    app,
    middleware: (req, res, next) => {
      const end = duration.startTimer();
      res.on('finish', () => end({ method: req.method, route: routeOf(req), status: res.statusCode }));
      next();
    },
  };
}

/** The pattern, not the path: a label for each made-up path would fill the memory. */
function routeOf(req: Request): string {
  return (req.route as { path: string } | undefined)?.path ?? 'none';
}
