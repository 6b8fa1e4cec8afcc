import { join } from 'node:path';
import { promisify } from 'node:util';
import ejs from 'ejs';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { type CryptoKey, importJWK } from 'jose';
import { Provider } from 'oidc-provider/lib/provider.js';
import type { ProviderConfig } from '../program/provider-config.ts';
import { VIEWS_DIR } from '../paths.ts';
import { Accounts } from './accounts.ts';
import { createConfiguration } from './configuration.ts';
import { DEMO_PASSWORD, DEMO_USERS } from './demo-users.ts';
import { type LogProviderEvent, logEvents } from './events.ts';
import { interactionErrors, interactionRoutes } from './interactions.ts';
import { keysOf } from './keys.ts';
import { ProviderMemory, readMemory, writeMemory } from './memory.ts';
import { createPages } from './pages.ts';
import { userInfoForApiTokens } from './user-info.ts';
import { tellClaimsOfNoScope, userRoutes } from './users-on-the-spot.ts';

export interface ProviderOptions {
  /** Default 600. */
  readonly accessTokenTtlSeconds?: number;
  /** If false, the ID token has only `sub`, and the profile comes from UserInfo. Default true. */
  readonly profileInIdToken?: boolean;
  /** Other APIs for which the refresh token of every login is good. */
  readonly moreAudiences?: readonly string[];
  /** A file that keeps the memory across restarts, for development. Default: none, so each call starts afresh. */
  readonly memoryFile?: string | undefined;
  /** Lets whoever reaches the provider make users with any claims and sign in as them, for tests. Default false. */
  readonly usersOnTheSpot?: boolean;
  /** Sees every request first, so that tests can make the provider fail. */
  readonly intercept?: RequestHandler;
  readonly log?: LogProviderEvent;
}

const VIEWS = join(VIEWS_DIR, 'provider');

/**
 * The local OpenID provider, for development and tests. It does not listen yet; the caller has to make it listen at
 * `config.issuer`.
 */
export async function createProviderApp(config: ProviderConfig, options: ProviderOptions = {}): Promise<Express> {
  const { accessTokenTtlSeconds = 600, profileInIdToken = true, moreAudiences = [], intercept, memoryFile } = options;
  const { usersOnTheSpot = false, log = () => {} } = options;
  const { issuer } = config;
  const appOrigin = new URL(config.redirectUri).origin;
  const memory = memoryFile === undefined ? new ProviderMemory() : readMemory(memoryFile);
  const keys = await keysOf(memory);

  const app = express();
  app.disable('x-powered-by');
  app.engine('ejs', ejs.renderFile);
  app.set('view engine', 'ejs');
  app.set('views', VIEWS);
  Object.assign(app.locals, { appOrigin, users: DEMO_USERS, demoPassword: DEMO_PASSWORD });

  const accounts = new Accounts(issuer, memory);
  const pages = createPages(promisify(app.render.bind(app)));
  const provider = new Provider(
    issuer,
    createConfiguration({
      ...{ config, accounts, pages, memory, keys },
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
  if (memoryFile !== undefined) app.use(keepMemory(memoryFile, memory, log));
  app.get('/', (_req, res) => res.render('home'));
  if (usersOnTheSpot) app.use(userRoutes(accounts, issuer));
  app.use(interactionRoutes(provider, accounts));
  app.all('/me', userInfoForApiTokens(issuer, (await importJWK(keys.publicSigning)) as CryptoKey, accounts));
  app.use(provider.callback());
  app.use(interactionErrors((err) => log('server_error', { err })));
  return app;
}

/** Only requests change the memory. It is written after each, so nothing is lost however this process ends. */
function keepMemory(file: string, memory: ProviderMemory, log: LogProviderEvent): RequestHandler {
  return (_req, res, next) => {
    res.on('close', () => {
      try {
        writeMemory(file, memory);
      } catch (err) {
        log('memory.error', { err });
      }
    });
    next();
  };
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
