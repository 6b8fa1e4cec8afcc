import express, { type Express, type RequestHandler } from 'express';
import { VIEWS_DIR } from '../paths.ts';
import type { AppParts, ServerParts } from './app-parts.ts';
import { health, ready } from './health.ts';
import { type Route, routes } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import { appLocals } from './view-locals.ts';

/** The web app, from the first middleware to the last; nothing listens yet. */
export function createApp(parts: AppParts, server: ServerParts, table: readonly Route[] = routes(parts)): Express {
  const { config, door } = parts;
  const { before, compress, files, viewEngine, draining } = server;
  const app = express();
  app.disable('x-powered-by');
  // What may not be stored is never revalidated by its tag.
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);
  Object.assign(app.locals, appLocals(config, door, files));
  app.engine('ejs', viewEngine);
  app.set('views', VIEWS_DIR).set('view engine', 'ejs').set('view cache', config.production);

  for (const handler of before) app.use(handler);
  const https = config.baseUrl.startsWith('https:');
  app.use(securityHeaders({ ...config.hsts, https, providerOrigin: new URL(config.issuer).origin }));
  app.use(compress);
  // Before sessions: static files and health checks never read one.
  app.use(files.serve);
  app.use(neverStored);
  app.get('/health', health);
  app.get('/ready', ready(parts, draining));

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
