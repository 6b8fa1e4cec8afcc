import { readIssuer, requireHttps } from '../gatehouse/config/common-config.ts';
import { type ProgramConfig, readProgramConfig } from './program-config.ts';
import { type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { type RedisConfig, redisUrl } from '../gatehouse/config/redis-config.ts';

/** Everything the resource server is told from outside. */
export interface ApiConfig extends ProgramConfig {
  readonly port: number;
  /** Where clients find this server: DPoP proofs are made for it. */
  readonly publicUrl: URL;
  readonly trustProxy: parse.TrustProxy;
  readonly issuer: string;
  readonly audience: string;
  /** The one origin that CORS allows. */
  readonly clientOrigin: string;
  readonly dpop: 'allowed' | 'required' | 'disabled';
  /** Shared memory of several API processes; undefined: this process's own. */
  readonly redis: RedisConfig | undefined;
  /** What works and deserves a word at start. */
  readonly warnings: readonly string[];
}

/** @throws ConfigError naming every problem at once. */
export function readApiConfig(source: Env, env = new EnvReader(source)): ApiConfig {
  const common = readProgramConfig(env);
  const webPort = env.optional('PORT', parse.port, 5000);
  const redirectUri = env.optional(
    'AUTH0_REDIRECT_URI',
    parse.httpUrl,
    new URL(`http://localhost:${webPort}/callback`),
  );
  const port = env.optional('API_PORT', parse.port, 6060);
  const publicUrl = new URL(env.optional('API_SERVER_URL', parse.baseUrl, `http://localhost:${port}`));
  requireHttps(env, 'API_SERVER_URL', publicUrl, common.production);
  const config: ApiConfig = {
    ...common,
    port,
    publicUrl,
    trustProxy: env.optional('TRUST_PROXY', parse.trustProxy, false),
    issuer: readIssuer(env, common.production),
    audience: env.required(
      'AUTH0_AUDIENCE',
      parse.text,
      'write the identifier of your API, such as https://api.example.com',
    ),
    clientOrigin: env.optional('CLIENT_ORIGIN_URL', parse.origin, redirectUri.origin),
    dpop: env.optional('AUTH0_DPOP', parse.oneOf('allowed', 'required', 'disabled'), 'allowed'),
    redis: env.optional('REDIS_URL', redisUrl),
    warnings: env.warnings,
  };
  env.done();
  return Object.freeze(config);
}
