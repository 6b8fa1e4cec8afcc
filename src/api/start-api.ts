import type { ApiConfig } from '../program/api-config.ts';
import { createDiscovery } from '../gatehouse/oidc/discovery.ts';
import { createLogger } from '../program/logger.ts';
import { connectRedis } from '../gatehouse/platform/redis.ts';
import { listen, type Running } from '../program/listen.ts';
import { createSigningKeys } from '../gatehouse/oidc/signing-keys.ts';
import { createApp } from './create-app.ts';
import { localProofMemory, redisProofMemory } from '../gatehouse/resource-server/proof-replay.ts';

/** Starts the resource server: parts → app → listen. @throws CannotListenError */
export async function startApi(config: ApiConfig): Promise<Running> {
  const log = createLogger(config, 'api');
  for (const warning of config.warnings) log.warn(warning);
  const redis = config.redis && connectRedis(config.redis, log);
  const discovery = createDiscovery(config.issuer);
  const keys = createSigningKeys(discovery);
  const proofs = redis ? redisProofMemory(redis) : localProofMemory();
  const { host, port, shutdownTimeoutSeconds } = config;
  const server = await listen(createApp({ config, log, discovery, keys, proofs }), {
    name: 'resource server',
    port,
    variable: 'API_PORT',
    host,
    shutdownTimeoutSeconds,
  });
  log.info(`resource server ready on ${config.publicUrl.origin}`);
  // Warmed, without delaying the start; while the provider is away the first request tries again.
  keys.including(undefined).catch((error: Error) => log.warn(error.message));
  return {
    stop: async () => {
      await server.stop();
      redis?.destroy();
    },
  };
}
