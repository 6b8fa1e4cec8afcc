import { isProduction, readApiServerUrl, readIssuer, requireHttps } from './common-config.ts';
import type { EnvReader } from './env-reader.ts';
import * as parse from './parsers.ts';
import { readRedis } from './redis-config.ts';

/** A resource server's configuration: whose access tokens it accepts, and how. */
export type TokenConfig = ReturnType<typeof readTokenConfig>;

/** Problems stay with `env`: its `done()` throws them. */
export function readTokenConfig(env: EnvReader) {
  const production = isProduction(env);
  const publicUrl = new URL(readApiServerUrl(env));
  requireHttps(env, 'API_SERVER_URL', publicUrl, production);
  return Object.freeze({
    issuer: readIssuer(env, production),
    audience: env.required(
      'AUTH0_AUDIENCE',
      parse.text,
      'write the identifier of your API, such as https://api.example.com',
    ),
    dpop: env.optional('AUTH0_DPOP', parse.oneOf('allowed', 'required', 'disabled'), 'allowed'),
    /** The URL at which clients reach this server, which DPoP proofs name. */
    publicUrl,
    /** Where several API processes share their memory; undefined: each has its own. */
    redis: readRedis(env),
    /** What works, but deserves a word at start. */
    warnings: [...env.warnings],
  });
}
