import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import openid from 'express-openid-connect';
import { explainCallbackErrors } from '../gatehouse/login/login-errors.ts';
import { loginTransactions } from '../gatehouse/login/login-transactions.ts';
import { oidcOptions, sessionName, transactionName } from '../gatehouse/login/oidc-options.ts';
import { createAssets } from './static-files.ts';
import { VIEWS_DIR } from '../program/paths.ts';
import { requestContext } from '../program/request-log.ts';
import { securityHeaders } from './security-headers.ts';
import { responseGuard } from '../gatehouse/session/response-guard.ts';
import { nameSession } from '../gatehouse/session/name-session.ts';
import { cookieSessions } from '../gatehouse/session/cookie-sessions.ts';
import { leadToLogin, whileSessionsCanBeKept } from './access.ts';
import { completeLogin } from './complete-login.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { ownPagesOnly } from './form-token.ts';
import { health, ready } from './health.ts';
import { backChannelLogout } from './pages/back-channel-logout.ts';
import { type Route, routes } from './routes.ts';
import type { Services } from './services.ts';
import { createViewEngine } from './view-engine.ts';
import { appLocals } from './view-locals.ts';

/** The web app, from the first middleware to the last; nothing listens yet. */
export function createApp(services: Services, table: readonly Route[] = routes(services)): Express {
  const { config, provider, sessions } = services;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  const assets = createAssets(config);
  Object.assign(app.locals, appLocals(services, assets));
  app.engine('ejs', createViewEngine({ folder: VIEWS_DIR, cache: config.production }));
  app.set('views', VIEWS_DIR).set('view engine', 'ejs').set('view cache', config.production);

  app.use(requestContext(services.log));
  if (services.metrics) app.use(services.metrics.middleware);
  const https = config.baseUrl.startsWith('https:');
  app.use(
    securityHeaders({
      https,
      providerOrigin: new URL(config.issuer).origin,
    }),
  );
  app.use(compression());
  // Before sessions: static files and health checks never read one.
  app.use(assets.serve);
  app.get('/health', neverStored, health);
  app.get('/ready', neverStored, ready(services));

  app.use(neverStored);
  // The provider's own request: it has no cookie, and no page of ours sent it.
  if (sessions) app.post('/backchannel-logout', ...backChannelLogout(services));
  app.use(loginTransactions({ ...config, sdkName: transactionName(config) }));
  const inCookies = cookieSessions({ ...config, cookieName: sessionName(config), secure: https });
  app.use(sessions ? sessions.gate : inCookies.beforeSdk);
  app.use(
    openid.auth(
      oidcOptions(config, {
        provider,
        store: sessions?.sdkStore,
        completeLogin: (req, session, state) => completeLogin(services, req, session, state),
      }),
    ),
  );
  app.use(responseGuard(sessions?.contexts));
  app.use(nameSession(sessionName(config)));
  if (!sessions) app.use(inCookies.afterSdk);
  for (const { method, path, access, handlers } of table) {
    const guards = method === 'post' ? [whileSessionsCanBeKept(services), ...ownPagesOnly(config)] : [];
    app[method](path, ...guards, access(services), ...handlers);
  }

  app.use(notFound);
  const { callbackPath } = config;
  app.use(callbackPath, explainCallbackErrors({ callbackPath, tokenReply: provider.tokenReply }));
  app.use(leadToLogin(services));
  app.use(errorHandler);
  return app;
}

/** Whatever may depend on the session stays out of every cache. */
const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};
