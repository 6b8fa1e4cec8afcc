import type { DoorConfig } from '../config/door-config.ts';
import { type CallbackOnce, callbackOnceInMemory, callbackOnceInRedis } from '../login/callback-once.ts';
import { DEFAULT_PATHS } from '../login/door-paths.ts';
import { createLinks } from '../login/links.ts';
import type { LoginParts } from '../login/login-parts.ts';
import { loginTransactions } from '../login/login-transactions.ts';
import { createSdk } from '../login/sdk.ts';
import { createDiscovery } from '../oidc/discovery.ts';
import { createProviderClient } from '../oidc/provider-client.ts';
import { createRevocation } from '../oidc/revocation.ts';
import { createSigningKeys } from '../oidc/signing-keys.ts';
import { cookieLines, hostCookieName } from '../platform/cookies.ts';
import { silent } from '../platform/logger.ts';
import { connectRedis, type Redis } from '../platform/redis.ts';
import { createCookieSessions } from '../session/cookie-sessions.ts';
import { createRedisSessions } from '../session/redis-sessions.ts';
import { createSessionCipher } from '../session/session-cipher.ts';
import { type AccessTokens, createAccessTokens } from '../tokens/access-tokens.ts';
import { createRenewTokens } from '../tokens/renew-tokens.ts';
import { createTokenEndpoint } from '../tokens/token-endpoint.ts';
import type { DoorPages, GatehouseOptions } from './options.ts';
import { createOwnPages, type OwnPages } from './own-pages.ts';
import { plainPages } from './plain-pages.ts';
import { createVisits, type Visits } from './visits.ts';

/** What the door is made of; built once, passed to whoever needs it. */
export interface DoorParts extends LoginParts {
  readonly redis: Redis | undefined;
  readonly accessTokens: AccessTokens;
  readonly callbackOnce: CallbackOnce;
  readonly visits: Visits;
  readonly ownPages: OwnPages;
  readonly pages: Required<DoorPages>;
}

/** Connects to Redis, where there is one; nothing else is done yet. */
export function createParts(config: DoorConfig, options: Omit<GatehouseOptions, 'env'> = {}): DoorParts {
  const { log = silent, cookieName = 'gatehouse', onLogin = () => undefined } = options;
  const secure = config.baseUrl.startsWith('https:');
  const redis = config.redis && connectRedis(config.redis, log);
  const discovery = createDiscovery(config.issuer);
  const provider = createProviderClient(config, discovery);
  const keys = createSigningKeys(discovery);
  const revocation = createRevocation(provider, log);
  const kept = { config, cookieName: hostCookieName(cookieName, config), secure };
  const sessions = redis ? createRedisSessions({ client: redis, ...kept }) : createCookieSessions(kept);
  const endpoint = createTokenEndpoint(provider);
  const renewTokens = createRenewTokens({ config, endpoint, discovery, keys, revocation, log });
  const links = createLinks({ paths: { ...DEFAULT_PATHS, ...options.paths }, callback: config.callbackPath });
  const visits = createVisits();
  const ownPages = createOwnPages(config, visits);
  return {
    ...{
      config,
      links,
      log,
      redis,
      discovery,
      keys,
      provider,
      revocation,
      sessions,
      visits,
      ownPages,
      onLogin,
    },
    accessTokens: createAccessTokens({ config, renewTokens }),
    sdk: createSdk(config, provider),
    transactions: loginTransactions({
      cookieName: hostCookieName(`${cookieName}_login`, config),
      secrets: config.secrets,
      lines: cookieLines({ secure }),
    }),
    callbackOnce: redis ? callbackOnceInRedis(redis, createSessionCipher(config.secrets)) : callbackOnceInMemory(),
    authorizationParams: options.authorizationParams ?? (() => ({})),
    pages: { ...plainPages(ownPages, links.paths.sessions), ...options.pages },
  };
}
