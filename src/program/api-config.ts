import { type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { origin, type TrustProxy, trustProxy } from './parsers.ts';
import { readTokenConfig, type TokenConfig } from '../gatehouse/config/token-config.ts';
import { type ProgramConfig, readProgramConfig } from './program-config.ts';

/** Everything the resource server is told from outside. */
export interface ApiConfig extends ProgramConfig, TokenConfig {
  readonly port: number;
  readonly trustProxy: TrustProxy;
  /** The one origin that CORS allows. */
  readonly clientOrigin: string;
  /** What all of this was read from: `requireToken` takes it as it is. */
  readonly env: Env;
}

/** @throws ConfigError naming every problem at once. */
export function readApiConfig(source: Env, env = new EnvReader(source)): ApiConfig {
  const webPort = env.optional('PORT', parse.port, 5000);
  const redirectUri = env.optional(
    'AUTH0_REDIRECT_URI',
    parse.httpUrl,
    new URL(`http://localhost:${webPort}/callback`),
  );
  const config: ApiConfig = {
    ...readProgramConfig(env),
    ...readTokenConfig(env),
    port: env.optional('API_PORT', parse.port, 6060),
    trustProxy: env.optional('TRUST_PROXY', trustProxy, false),
    clientOrigin: env.optional('CLIENT_ORIGIN_URL', origin, redirectUri.origin),
    env: source,
  };
  env.done();
  return Object.freeze(config);
}
