import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { aboutRequest } from '../gatehouse/platform/request-id.ts';
import type { Logger } from './logger.ts';

const QUIET = /^\/(health|ready)$|\.(css|js|svg|png|ico|webmanifest)$/;

/**
 * Gives each request an id (the header `X-Request-Id`, which the library's log lines carry, too) and logs its end in one
 * line, with what `about` says of it. Queries are never logged: they carry authorization codes.
 */
export function requestLog(log: Logger, about: (req: Request) => object = aboutRequest): RequestHandler {
  // A few fields of our own making: to look for secrets in them would cost twice as much as the line.
  const lines = log.child({}, { redact: [] });
  return (req, res, next) => {
    const request_id = randomUUID();
    res.setHeader('X-Request-Id', request_id);
    // Whoever writes after the end, as an example: an event `error` that nobody listens to would end the process.
    res.on('error', (error) => log.warn({ request_id, reason: error.message }, 'an answer failed'));
    const path = pathOf(req.originalUrl);
    if (!QUIET.test(path)) {
      const started = performance.now();
      res.on('close', () => {
        const ms = Math.round(performance.now() - started);
        // Of an answer that never began nobody saw a status.
        const status = res.headersSent ? res.statusCode : undefined;
        const isWhole = res.writableFinished;
        const route = routeOf(req);
        const message = `${req.method} ${route ?? path} ${isWhole ? res.statusCode : 'aborted'} ${ms} ms`;
        lines[isWhole && res.statusCode < 500 ? 'info' : 'warn']({ ...about(req), route, status, ms }, message);
      });
    }
    next();
  };
}

/** The pattern, not the path, which may hold ids, and is another with each: `/orders/:id`. Undefined where no route was met. */
export function routeOf({ route }: Request): string | undefined {
  return route === undefined ? undefined : String((route as { path: unknown }).path);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
