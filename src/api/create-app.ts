import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from '../program/logger.ts';
import { requestContext } from '../program/request-log.ts';
import { type AccessTokenParts, requireAccessToken } from '../gatehouse/resource-server/access-token.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { requireClaims, requirePermission } from '../gatehouse/resource-server/permissions.ts';
import { API_ROUTES, type ApiAccess, type ApiRoute } from './routes.ts';

/** The resource server, from the first middleware to the last; nothing listens yet. */
export function createApp(
  parts: AccessTokenParts & { readonly log: Logger },
  routes: readonly ApiRoute[] = API_ROUTES,
): Express {
  const { config } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);

  app.use(requestContext(parts.log));
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
  const accessToken = requireAccessToken(parts);
  for (const { path, access, body } of routes) {
    app.get(path, ...guards(access, accessToken), (req, res) => {
      res.json(body(req.auth?.payload.sub, config));
    });
  }

  app.use(notFound);
  app.use(errorHandler(config));
  return app;
}

function guards(access: ApiAccess, accessToken: RequestHandler): RequestHandler[] {
  if (access === 'public') return [];
  const { claims = [], permission } = access;
  return [accessToken, requireClaims(...claims), ...(permission ? [requirePermission(permission)] : [])];
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
