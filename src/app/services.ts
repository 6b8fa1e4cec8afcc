import type { Request } from 'express';
import {
  type CallbackOnce,
  callbackOnceInMemory,
  callbackOnceInRedis,
} from '../gatehouse/login/callback-once.ts';
import { sessionName } from '../gatehouse/login/oidc-options.ts';
import { createProviderClient, type ProviderClient } from '../gatehouse/login/provider-client.ts';
import type { WebConfig } from '../gatehouse/config/web-config.ts';
import { withDeadline } from '../gatehouse/platform/deadline.ts';
import { createDiscovery, type Discovery } from '../gatehouse/platform/discovery.ts';
import type { Logger } from '../program/logger.ts';
import { createSigningKeys, type SigningKeys } from '../gatehouse/platform/signing-keys.ts';
import { createMetrics, type Metrics } from '../program/metrics.ts';
import { connectRedis, type Redis } from '../gatehouse/platform/redis.ts';
import { createAccessTokens, type AccessTokens } from '../gatehouse/tokens/access-tokens.ts';
import { createRevocation, type Revocation } from '../gatehouse/tokens/revocation.ts';
import { createDownstreamApi, type DownstreamApi } from './downstream-api.ts';
import type { DetachedSession } from '../gatehouse/session/detached-session.ts';
import { detachedInCookies } from '../gatehouse/session/detached-in-cookies.ts';
import { createSessionCipher } from '../gatehouse/session/session-cipher.ts';
import { createSessions, type Sessions } from '../gatehouse/session/sessions.ts';

/** What the web app is made of; built once, passed to whoever needs it. */
export interface Services {
  readonly config: WebConfig;
  readonly log: Logger;
  readonly metrics: Metrics | undefined;
  readonly discovery: Discovery;
  /** The provider's public keys. */
  readonly keys: SigningKeys;
  readonly provider: ProviderClient;
  readonly redis: Redis | undefined;
  /** Undefined: sessions live in an encrypted cookie. */
  readonly sessions: Sessions | undefined;
  /** The session of a request, for what outlives it or must not wait for its end. */
  readonly detach: (req: Request) => DetachedSession | undefined;
  readonly accessTokens: AccessTokens;
  readonly revocation: Revocation;
  readonly callbackOnce: CallbackOnce;
  readonly downstreamApi: DownstreamApi;
  /** Lets go of connections. What is under way gets so long to end. */
  stop(patienceMs?: number): Promise<void>;
}

export function createServices(config: WebConfig, log: Logger): Services {
  const redis = config.redis && connectRedis(config.redis, log);
  const discovery = createDiscovery(config.issuer);
  const provider = createProviderClient(config, discovery);
  const keys = createSigningKeys(discovery);
  const sessions = redis && createSessions(config, redis, sessionName(config));
  const revocation = createRevocation(provider, log);
  const detach = sessions ? sessions.detach : detachedInCookies();
  const accessTokens = createAccessTokens({ config, provider, discovery, keys, revocation, detach, log });
  return {
    config,
    log,
    metrics: config.metricsPort === undefined ? undefined : createMetrics(),
    discovery,
    keys,
    provider,
    detach,
    accessTokens,
    revocation,
    callbackOnce: redis
      ? callbackOnceInRedis(redis, createSessionCipher(config.secrets))
      : callbackOnceInMemory(),
    downstreamApi: createDownstreamApi(config),
    redis,
    sessions,
    stop: async (patienceMs = 1000) => {
      await withDeadline(accessTokens.settled(), patienceMs).catch(() => undefined);
      redis?.destroy();
    },
  };
}
