import type { RequestHandler } from 'express';
import type { AppParts } from './app-parts.ts';

/** `GET /health`: the process lives. */
export const health: RequestHandler = (_req, res) => void res.json({ status: 'ok' });

/** `GET /ready`: 200 when all that requests need answers, else 503 naming the failing check; 503 before a stop, too. */
export function ready({ config, door }: AppParts, draining: AbortSignal): RequestHandler {
  const checks = (redis: string) => (config.hasRedis ? { redis } : {});
  return async (_req, res) => {
    if (draining.aborted) return void res.status(503).json({ status: 'stopping', checks: {} });
    try {
      await door.ready('sessions');
      res.json({ status: 'ok', checks: checks('ok') });
    } catch {
      res.status(503).set('Retry-After', '2');
      res.json({ status: 'unavailable', checks: checks('unavailable') });
    }
  };
}
