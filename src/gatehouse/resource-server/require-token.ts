import type { RequestHandler } from 'express';
import { type Env, EnvReader } from '../config/env-reader.ts';
import { readTokenConfig } from '../config/token-config.ts';
import { type Logger, silent } from '../platform/logger.ts';
import { connectRedis } from '../platform/redis.ts';
import { localProofMemory, redisProofMemory } from './proof-replay.ts';
import { createResourceServer, type ResourceServer } from './resource-server.ts';
import type { TokenNeeds } from './token-auth.ts';

/** Where a guard gets its configuration, and what it requires of a token. */
export interface RequireTokenOptions extends TokenNeeds {
  /**
   * Where the configuration is read from, such as `process.env`: `AUTH0_DOMAIN` or `ISSUER_BASE_URL`, and
   * `AUTH0_AUDIENCE`; for DPoP also `API_SERVER_URL`, the URL at which clients reach this API, and, with several
   * processes, `REDIS_URL`. Read once: later changes to the object have no effect.
   */
  readonly env: Env;
  /** Left out: nothing is logged. Lines carry the request's id where the answer has an `X-Request-Id`. */
  readonly log?: Logger;
}

// Guards of one environment share discovery, keys, the memory of DPoP proofs and the connection to Redis. The public
// API has no object to hold these, so the environment object itself is the key: whoever passes the same object means
// the same API. Tests pass objects of their own, or use `createResourceServer`.
const servers = new WeakMap<Env, ResourceServer>();

/**
 * A guard of API routes: passes requests with a valid access token, as Bearer or with DPoP (RFC 6750, RFC 9449), and
 * puts what the token says, a `TokenAuth`, into `req.auth`. It answers every other request itself, with JSON (`error`,
 * `error_description`, `message`) and the matching challenges (docs/api.md): 400 `invalid_request` and
 * `invalid_dpop_proof`, 401 `unauthorized` and `invalid_token`, 403 `insufficient_scope`, 503 `signing_key_unavailable`
 * and `proof_memory_unavailable` with `Retry-After`. Any other error goes to `next`. For Express 4.18 and 5. The first
 * guard of an environment connects to Redis, where there is a `REDIS_URL`, and asks for the provider's keys.
 * @throws `ConfigError` naming every problem of `env` at once
 */
export function requireToken({ env, log = silent, ...needs }: RequireTokenOptions): RequestHandler {
  const server = servers.get(env) ?? startServer(env, log);
  servers.set(env, server);
  return server.guard(needs, log);
}

function startServer(env: Env, log: Logger): ResourceServer {
  const reader = new EnvReader(env);
  const config = readTokenConfig(reader);
  reader.done();
  for (const warning of config.warnings) log.warn({}, warning);
  const proofs = config.redis
    ? redisProofMemory(connectRedis(config.redis, log, { isUnref: true }))
    : localProofMemory();
  const server = createResourceServer(config, { proofs });
  // Without delaying the start; while the provider is away the first request tries again.
  server.warm().catch((error: Error) => log.warn({}, error.message));
  return server;
}
