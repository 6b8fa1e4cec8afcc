import type { Request, RequestHandler } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { withDeadline } from '../platform/deadline.ts';
import type { Redis } from '../platform/redis.ts';

const WINDOW_MS = 60_000;

/** If counting takes longer, the request passes uncounted: the route behind has to answer within a second. */
const PATIENCE_MS = 100;

/** KEYS[1] counter, ARGV how many more, window in ms → count, ms left */
const COUNT = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return { count, redis.call('PTTL', KEYS[1]) }`;

/** Counts across all processes. While Redis is away everybody passes: the routes behind report that themselves. */
export function redisStore(client: Redis): Pick<Store, 'increment' | 'decrement' | 'resetKey'> {
  async function count(address: string, more: 1 | -1) {
    const options = { keys: [`gatehouse:rate:${address}`], arguments: [String(more), String(WINDOW_MS)] };
    const counted = withDeadline(client.eval(COUNT, options) as Promise<[number, number]>, PATIENCE_MS);
    const [totalHits, msLeft] = await counted.catch(() => [0, WINDOW_MS] as const);
    return { totalHits, resetTime: new Date(Date.now() + msLeft) };
  }
  return {
    increment: (address) => count(address, 1),
    decrement: async (address) => void (await count(address, -1)),
    resetKey: () => undefined,
  };
}

/**
 * Refuses an address that asks for more than `perMinute` on the routes of signing in (0: never). Addresses follow
 * Express's "trust proxy"; this machine's own is never limited: every visitor has it where a proxy here is not trusted.
 * Tells `onLimit`, and passes on CatalogueError TOO_MANY_REQUESTS.
 */
export function limitByAddress(
  perMinute: number,
  redis: Redis | undefined,
  onLimit: (req: Request) => void = () => {},
): RequestHandler {
  if (perMinute === 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    ...(redis && { store: redisStore(redis) }),
    // Accepted logout tokens do not count: a provider may end thousands of sessions at once, and sends each only once.
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_req, { statusCode }) => statusCode === 204,
    skip: ({ ip }) => ip === undefined || /^(127\.|::1$|::ffff:127\.)/.test(ip),
    legacyHeaders: false,
    // Its advice goes to the console; ours is in the documentation.
    validate: false,
    handler: (req, _res, next) => {
      onLimit(req);
      const { resetTime } = (req as Request & { rateLimit: { resetTime?: Date } }).rateLimit;
      const ms = (resetTime?.getTime() ?? Date.now() + WINDOW_MS) - Date.now();
      next(new CatalogueError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)) }));
    },
  });
}
