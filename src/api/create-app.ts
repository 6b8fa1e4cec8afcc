import { type Env, type Logger, requireToken, type TokenNeeds } from '#gatehouse';
import cors from 'cors';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { API_ROUTES, type ApiRoute } from './routes.ts';

/** This API's configuration, apart from what the library reads. */
export interface ApiAppConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Express's "trust proxy" value. */
  readonly trustProxy: boolean | number | string;
  /** The one origin that CORS allows. */
  readonly clientOrigin: string;
}

export interface ApiParts {
  readonly config: ApiAppConfig;
  /** For the library. */
  readonly env: Env;
  readonly log: Logger;
  /** What every answer passes first: the request log. */
  readonly before: readonly RequestHandler[];
  /** Makes the guard of a route. Tests bring their own, with a clock and a memory of proofs. */
  readonly guard?: (needs: TokenNeeds) => RequestHandler;
}

/** The resource server, from the first middleware to the last; nothing listens yet. @throws ConfigError */
export function createApp(
  { config, env, log, before, guard = (needs) => requireToken({ env, log, ...needs }) }: ApiParts,
  routes: readonly ApiRoute[] = API_ROUTES,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);

  for (const handler of before) app.use(handler);
  app.use(securityHeaders);
  app.use(
    cors({
      origin: [config.clientOrigin],
      methods: ['GET', 'OPTIONS'],
      allowedHeaders: ['Authorization', 'Content-Type', 'DPoP'],
      exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
      maxAge: 86_400,
    }),
  );
  for (const { path, access, body } of routes) {
    if (!access) throw new TypeError(`${path} does not say who may call it`);
    const guards = access === 'public' ? [] : [guard(access)];
    app.get(path, ...guards, (req, res) => void res.json(body(req.auth?.sub, config)));
  }

  app.use((_req, res) => fail(res, 404, 'not_found', 'There is nothing at this path', 'Not Found'));
  app.use(errorHandler(log));
  return app;
}

const helmetHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
});

const securityHeaders: RequestHandler = (req, res, next) => {
  res.set('Cache-Control', 'no-store');
  helmetHeaders(req, res, next);
};

/** Answers what the guards do not: unreadable requests, and our own bugs, without details. */
function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const status = (error as { status?: unknown } | undefined)?.status;
    const isUnreadable = typeof status === 'number' && status >= 400 && status < 500;
    const about = { err: error, request_id: res.get('X-Request-Id') };
    if (isUnreadable) log.info(about, 'a request that cannot be read');
    else log.error(about, 'something went wrong in the API');

    if (res.headersSent) next(error);
    else if (isUnreadable) fail(res, status, 'invalid_request', 'The request cannot be read', 'Bad Request');
    else fail(res, 500, 'server_error', 'Something went wrong in the API', 'Internal Server Error');
  };
}

function fail(res: Response, status: number, error: string, description: string, message: string): void {
  res.status(status).json({ error, error_description: description, message });
}
