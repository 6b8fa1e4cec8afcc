import { sessionName } from '../auth/oidc-options.ts';
import { createProviderClient, type ProviderClient } from '../auth/provider-client.ts';
import type { WebConfig } from '../config/web-config.ts';
import { createDiscovery, type Discovery } from '../platform/discovery.ts';
import type { Logger } from '../platform/logger.ts';
import { createSigningKeys, type SigningKeys } from '../platform/signing-keys.ts';
import { createMetrics, type Metrics } from '../platform/metrics.ts';
import { connectRedis, type Redis } from '../platform/redis.ts';
import { createAccessTokens, type AccessTokens } from '../tokens/access-tokens.ts';
import { createDownstreamApi, type DownstreamApi } from './downstream-api.ts';
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
  readonly accessTokens: AccessTokens;
  readonly downstreamApi: DownstreamApi;
  /** Lets go of connections. */
  stop(): Promise<void>;
}

export function createServices(config: WebConfig, log: Logger): Services {
  const redis = config.redis && connectRedis(config.redis, log);
  const discovery = createDiscovery(config.issuer);
  const provider = createProviderClient(config, discovery);
  return {
    config,
    log,
    metrics: config.metricsPort === undefined ? undefined : createMetrics(),
    discovery,
    keys: createSigningKeys(discovery),
    provider,
    accessTokens: createAccessTokens(config, provider),
    downstreamApi: createDownstreamApi(config),
    redis,
    sessions: redis && createSessions(config, redis, sessionName(config)),
    stop: async () => redis?.destroy(),
  };
}
