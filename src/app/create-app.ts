import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import { VIEWS_DIR } from '../paths.ts';
import type { AppParts } from './app-parts.ts';
import { health, ready } from './health.ts';
import { type Route, routes } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import { createStaticFiles } from './static-files.ts';
import { createViewEngine } from './view-engine.ts';
import { appLocals } from './view-locals.ts';

/** What every answer passes first: the request log, metrics. */
export type Before = readonly RequestHandler[];

/** The web app, from the first middleware to the last; nothing listens yet. */
export function createApp(parts: AppParts, before: Before = [], table: readonly Route[] = routes(parts)): Express {
  const { config, door } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  const files = createStaticFiles(config);
  Object.assign(app.locals, appLocals(config, door, files));
  app.engine('ejs', createViewEngine({ folder: VIEWS_DIR, cache: config.production }));
  app.set('views', VIEWS_DIR).set('view engine', 'ejs').set('view cache', config.production);

  for (const handler of before) app.use(handler);
  const https = config.baseUrl.startsWith('https:');
  app.use(securityHeaders({ https, providerOrigin: new URL(config.issuer).origin }));
  app.use(compression());
  // Before sessions: static files and health checks never read one.
  app.use(files.serve);
  app.use(neverStored);
  app.get('/health', health);
  app.get('/ready', ready(parts));

  app.use(door);
  for (const { method, path, access, handlers } of table) app[method](path, access, ...handlers);

  app.use(notFound);
  app.use(door.errors);
  return app;
}

/** Whatever may depend on the session stays out of every cache. */
const neverStored: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

const notFound: RequestHandler = () => {
  throw Object.assign(new Error('there is no such route'), { status: 404 });
};
