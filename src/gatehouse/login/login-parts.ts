import type { Request } from 'express';
import type { DoorConfig } from '../config/door-config.ts';
import { createDiscovery } from '../oidc/discovery.ts';
import { createProviderClient } from '../oidc/provider-client.ts';
import { createCompleteClaims } from '../oidc/user-info.ts';
import { createRevocation } from '../oidc/revocation.ts';
import { createSigningKeys } from '../oidc/signing-keys.ts';
import { cookieLines, hostCookieName } from '../platform/cookies.ts';
import type { Observe } from '../platform/events.ts';
import type { Logger } from '../platform/logger.ts';
import { connectRedis } from '../platform/redis.ts';
import { createCookieSessions } from '../session/cookie-sessions.ts';
import { createRedisSessions } from '../session/redis-sessions.ts';
import { createSessionCipher } from '../session/session-cipher.ts';
import { callbackOnceInMemory, callbackOnceInRedis } from './callback-once.ts';
import { createLinks, type DoorPaths } from './links.ts';
import { loginTransactions } from './login-transactions.ts';
import type { OnLogin } from './on-login.ts';
import { createSdk } from './sdk.ts';

/** What logins are made of. */
export type LoginParts = ReturnType<typeof createLoginParts>;

/** Connects to Redis, where there is one, and does nothing else yet. */
export function createLoginParts(
  config: DoorConfig,
  options: {
    readonly log: Logger;
    readonly observe: Observe;
    readonly paths: DoorPaths;
    readonly cookieName: string;
    readonly onLogin: OnLogin;
    /** The host's own parameters for a login. */
    readonly authorizationParams: (req: Request) => Readonly<Record<string, string>>;
  },
) {
  const { log, observe, paths, cookieName, onLogin, authorizationParams } = options;
  const { secrets } = config;
  const lines = cookieLines(config);
  const redis = config.redis && connectRedis(config.redis, log, { observe });
  const discovery = createDiscovery(config.issuer, { observe });
  const provider = createProviderClient(config, discovery, log);
  const revocation = createRevocation(provider, log, observe);
  const forSessions = { config, cookieName: hostCookieName(cookieName, config), lines, log, observe };
  const loginCookieName = hostCookieName(`${cookieName}_login`, config);
  return {
    ...{ config, log, observe, redis, discovery, provider, revocation, onLogin, authorizationParams },
    links: createLinks({ paths, callback: config.callbackPath, basePath: config.basePath }),
    keys: createSigningKeys(discovery),
    completeClaims: createCompleteClaims({ config, provider, log }),
    sessions: redis
      ? createRedisSessions({ client: redis, ...forSessions, giveBack: revocation.giveBack })
      : createCookieSessions(forSessions),
    sdk: createSdk(config, provider),
    transactions: loginTransactions({ cookieName: loginCookieName, secrets, lines }),
    callbackOnce: redis ? callbackOnceInRedis(redis, createSessionCipher(secrets), log) : callbackOnceInMemory(),
  };
}
