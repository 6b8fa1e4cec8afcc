import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from './logger.ts';

const QUIET = /^\/(health|ready)$|\.(css|js|svg|png|ico|webmanifest)$/;

/**
 * Gives each request an id (`req.id`, the header `X-Request-Id`, each of its log lines) and logs its end in one
 * line. Queries are never logged: they carry authorization codes.
 */
export function requestContext(log: Logger): RequestHandler {
  return pinoHttp<Request, Response>({
    logger: log,
    genReqId: (_req, res) => {
      const id = randomUUID();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id' },
    serializers: { req: () => undefined }, // would write queries and headers
    autoLogging: { ignore: (req) => QUIET.test(req.path) },
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: (req, res, ms) => `${summary(req, res)} ${ms} ms`,
    customErrorMessage: summary,
    customSuccessObject: outcome,
    customErrorObject: (req, res, _error, value: Timed) => outcome(req, res, value),
  });
}

function summary(req: Request, res: Response): string {
  return `${req.method} ${req.originalUrl.replace(/\?.*$/s, '')} ${res.statusCode}`;
}

interface Timed {
  readonly responseTime: number;
}

function outcome(_req: Request, res: Response, { responseTime }: Timed) {
  return { status: res.statusCode, ms: responseTime };
}
