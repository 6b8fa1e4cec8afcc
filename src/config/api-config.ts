import { type CommonConfig, readCommonConfig, readIssuer } from './common-config.ts';
import { type Env, EnvReader } from './env-reader.ts';
import * as parse from './parsers.ts';
import { type RedisConfig, redisUrl } from './redis-config.ts';

/** Everything the resource server is told from outside. */
export interface ApiConfig extends CommonConfig {
  readonly port: number;
  readonly trustProxy: parse.TrustProxy;
  readonly issuer: string;
  readonly audience: string;
  /** The one origin that CORS allows. */
  readonly clientOrigin: string;
  readonly dpop: 'allowed' | 'required' | 'disabled';
  /** Shared memory of several API processes; undefined: this process's own. */
  readonly redis: RedisConfig | undefined;
}

/** @throws ConfigError naming every problem at once. */
export function readApiConfig(source: Env, env = new EnvReader(source)): ApiConfig {
  const common = readCommonConfig(env);
  const webPort = env.optional('PORT', parse.port, 5000);
  const redirectUri = env.optional(
    'AUTH0_REDIRECT_URI',
    parse.httpUrl,
    new URL(`http://localhost:${webPort}/callback`),
  );
  const config: ApiConfig = {
    ...common,
    port: env.optional('API_PORT', parse.port, 6060),
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
  };
  env.done();
  return Object.freeze(config);
}
