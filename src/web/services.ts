import type { Request } from 'express';
import { type CallbackOnce, callbackOnceInMemory, callbackOnceInRedis } from '../auth/callback-once.ts';
import { sessionName } from '../auth/oidc-options.ts';
import { createProviderClient, type ProviderClient } from '../auth/provider-client.ts';
import type { WebConfig } from '../config/web-config.ts';
import { withDeadline } from '../platform/deadline.ts';
import { createDiscovery, type Discovery } from '../platform/discovery.ts';
import type { Logger } from '../platform/logger.ts';
import { createSigningKeys, type SigningKeys } from '../platform/signing-keys.ts';
import { createMetrics, type Metrics } from '../platform/metrics.ts';
import { connectRedis, type Redis } from '../platform/redis.ts';
import { createAccessTokens, type AccessTokens } from '../tokens/access-tokens.ts';
import { createRevocation, type Revocation } from '../tokens/revocation.ts';
import { createDownstreamApi, type DownstreamApi } from './downstream-api.ts';
import type { DetachedSession } from '../session/detached-session.ts';
import { detachedInCookies } from '../session/detached-in-cookies.ts';
import { createSessionCipher } from '../session/session-cipher.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';

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
