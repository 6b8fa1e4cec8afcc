import type { RequestHandler } from 'express';
import { pingRedis } from '../gatehouse/platform/redis.ts';
import type { Services } from './services.ts';

/** `GET /health`: the process lives. */
export const health: RequestHandler = (_req, res) => {
  res.json({ status: 'ok' });
};

/** `GET /ready`: 200 when all that requests need answers, else 503 with the failing check named. */
export function ready({ redis }: Services): RequestHandler {
  return async (req, res) => {
    if (!redis) return void res.json({ status: 'ok', checks: {} });
    try {
      await pingRedis(redis);
      res.json({ status: 'ok', checks: { redis: 'ok' } });
    } catch (error) {
      req.log.warn({ reason: (error as Error).message }, 'not ready: redis');
      res
        .status(503)
        .set('Retry-After', '2')
        .json({ status: 'unavailable', checks: { redis: 'unavailable' } });
    }
  };
}
