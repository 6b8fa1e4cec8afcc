import { join } from 'node:path';
import { promisify } from 'node:util';
import ejs from 'ejs';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider/lib/provider.js';
import type { ProviderConfig } from '../program/provider-config.ts';
import { VIEWS_DIR } from '../paths.ts';
import { Accounts } from './accounts.ts';
import { createConfiguration } from './configuration.ts';
import { DEMO_PASSWORD, DEMO_USERS } from './demo-users.ts';
import { type LogProviderEvent, logEvents } from './events.ts';
import { interactionErrors, interactionRoutes } from './interactions.ts';
import { createPages } from './pages.ts';
import { userInfoForApiTokens } from './user-info.ts';
import { tellClaimsOfNoScope, userRoutes } from './users-on-the-spot.ts';

export interface ProviderOptions {
  /** Default 600. */
  readonly accessTokenTtlSeconds?: number;
  /** False: the ID token says no more than `sub`, the profile comes from UserInfo only. Default true. */
  readonly profileInIdToken?: boolean;
  /** Other APIs for which the refresh token of every login is good. */
  readonly moreAudiences?: readonly string[];
  /** Whoever reaches it makes users with any claims, and signs in as them: for tests. Default false. */
  readonly usersOnTheSpot?: boolean;
  /** Sees every request first: with it tests make the provider fail. */
  readonly intercept?: RequestHandler;
  readonly log?: LogProviderEvent;
}

const VIEWS = join(VIEWS_DIR, 'provider');

/**
 * The local OpenID provider, for development and tests. Keys, accounts, sessions and tokens are new with each
 * call and live in memory. It does not listen yet; its address has to be `config.issuer`.
 */
export async function createProviderApp(config: ProviderConfig, options: ProviderOptions = {}): Promise<Express> {
  const { accessTokenTtlSeconds = 600, profileInIdToken = true, moreAudiences = [], intercept } = options;
  const { usersOnTheSpot = false, log = () => {} } = options;
  const { issuer } = config;
  const appOrigin = new URL(config.redirectUri).origin;
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const signingKey = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' };

  const app = express();
  app.disable('x-powered-by');
  app.engine('ejs', ejs.renderFile);
  app.set('view engine', 'ejs');
  app.set('views', VIEWS);
  Object.assign(app.locals, { appOrigin, users: DEMO_USERS, demoPassword: DEMO_PASSWORD });

  const accounts = new Accounts(issuer);
  const pages = createPages(promisify(app.render.bind(app)));
  const provider = new Provider(
    issuer,
    createConfiguration({
      ...{ config, accounts, pages, signingKey },
      ...{ accessTokenTtlSeconds, profileInIdToken, moreAudiences },
    }),
  );
  logEvents(provider, log);
  if (usersOnTheSpot) tellClaimsOfNoScope(provider);

  if (intercept) app.use(intercept);
  app.use(securityHeaders(appOrigin));
  app.use('/assets', express.static(join(VIEWS, 'assets')));
  app.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/', (_req, res) => res.render('home'));
  if (usersOnTheSpot) app.use(userRoutes(accounts, issuer));
  app.use(interactionRoutes(provider, accounts));
  app.all('/me', userInfoForApiTokens(issuer, publicKey, accounts));
  app.use(provider.callback());
  app.use(interactionErrors((err) => log('server_error', { err })));
  return app;
}

function securityHeaders(appOrigin: string) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        // oidc-provider adds the hashes of its own inline scripts here.
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        // Chrome applies this to the redirects that follow a form, too.
        formAction: ["'self'", appOrigin],
        frameAncestors: ["'none'"],
      },
    },
    // The web app shows the pictures of our users.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}
