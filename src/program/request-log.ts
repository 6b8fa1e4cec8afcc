import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from './logger.ts';

const QUIET = /^\/(health|ready)$|\.(css|js|svg|png|ico|webmanifest)$/;

/**
 * Gives each request an id (`req.id`, the header `X-Request-Id`, each of its log lines) and logs its end in one
 * line. Queries are never logged: they carry authorization codes.
 */
export function requestContext(log: Logger): RequestHandler {
  // Three fields of our own making: to look for secrets in them would cost twice as much as the line.
  const lines = log.child({}, { redact: [] });
  const ownLog: PropertyDescriptor & ThisType<Request> = {
    configurable: true,
    // Most requests log nothing else: their logger is made when it is asked for.
    get() {
      const value = log.child({ request_id: this.id });
      Object.defineProperty(this, 'log', { value });
      return value;
    },
  };
  return (req, res, next) => {
    const id = randomUUID();
    req.id = id;
    Object.defineProperty(req, 'log', ownLog);
    res.setHeader('X-Request-Id', id);
    res.on('error', logFault);
    const path = pathOf(req.originalUrl);
    if (!QUIET.test(path)) {
      const started = performance.now();
      res.on('close', () => {
        const ms = Math.round(performance.now() - started);
        // Of an answer that never began nobody saw a status.
        const status = res.headersSent ? res.statusCode : undefined;
        const isWhole = res.writableFinished;
        const message = `${req.method} ${path} ${isWhole ? res.statusCode : 'aborted'} ${ms} ms`;
        lines[isWhole && res.statusCode < 500 ? 'info' : 'warn']({ request_id: id, status, ms }, message);
      });
    }
    next();
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** Whoever writes after the end, as an example: an event `error` that nobody listens to would end the process. */
function logFault(this: Response, error: Error): void {
  this.req.log.warn({ reason: error.message }, 'an answer failed');
}
