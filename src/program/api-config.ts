import { type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { origin, type TrustProxy, trustProxy } from './parsers.ts';
import { readTokenConfig, type TokenConfig } from '../gatehouse/config/token-config.ts';
import { type ProgramConfig, readProgramConfig, readRedirectUri } from './program-config.ts';

/** The whole configuration of the resource server. */
export interface ApiConfig extends ProgramConfig, TokenConfig {
  readonly port: number;
  readonly trustProxy: TrustProxy;
  /** The one origin that CORS allows. */
  readonly clientOrigin: string;
  /** The environment that all of this was read from; `requireToken` reads it, too. */
  readonly env: Env;
}

/** @throws ConfigError naming every problem at once. */
export function readApiConfig(source: Env, env = new EnvReader(source)): ApiConfig {
  const config: ApiConfig = {
    ...readProgramConfig(env),
    ...readTokenConfig(env),
    port: env.optional('API_PORT', parse.port, 6060),
    trustProxy: env.optional('TRUST_PROXY', trustProxy, false),
    clientOrigin: readClientOrigin(env),
    env: source,
  };
  env.done();
  return Object.freeze(config);
}

/** Of the web app's variables, reads only those that say where it is. */
function readClientOrigin(env: EnvReader): string {
  if (env.isSet('CLIENT_ORIGIN_URL')) return env.optional('CLIENT_ORIGIN_URL', origin, '');
  return readRedirectUri(env).origin;
}
