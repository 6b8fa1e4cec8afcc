import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { aboutRequest } from '../gatehouse/platform/request-id.ts';
import type { Logger } from './logger.ts';

const QUIET = /^\/(health|ready)$|\.(css|js|svg|png|ico|webmanifest)$/;

/**
 * Gives each request an id (the header `X-Request-Id`, which the library's log lines carry, too) and logs its end in
 * one line, with the fields of `about`. Never logs queries: they carry authorization codes.
 */
export function requestLog(log: Logger, about: (req: Request) => object = aboutRequest): RequestHandler {
  // We make these few fields ourselves, and searching them for secrets would cost twice as much as the line.
  const lines = log.child({}, { redact: [] });
  return (req, res, next) => {
    const request_id = randomUUID();
    res.setHeader('X-Request-Id', request_id);
    // Without a listener, an `error` event (from a write after the end, for example) would end the process.
    res.on('error', (error) => log.warn({ request_id, reason: error.message }, 'an answer failed'));
    const path = pathOf(req.originalUrl);
    if (!QUIET.test(path)) {
      const started = performance.now();
      res.on('close', () => {
        const ms = Math.round(performance.now() - started);
        // Nobody saw the status of an answer that never began.
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

/** The route's pattern (`/orders/:id`), not the path, which differs with every id. Undefined if no route matched. */
export function routeOf({ route }: Request): string | undefined {
  return route === undefined ? undefined : String((route as { path: unknown }).path);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
