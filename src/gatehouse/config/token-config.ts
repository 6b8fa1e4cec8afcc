import { isProduction, readApiServerUrl, readIssuer, requireHttps } from './common-config.ts';
import type { EnvReader } from './env-reader.ts';
import * as parse from './parsers.ts';
import { readRedis } from './redis-config.ts';

/** What a resource server has to be told: whose access tokens it takes, and how. */
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
    /** Where clients find this server: DPoP proofs are made for it. */
    publicUrl,
    /** Shared memory of several API processes; undefined: this process's own. */
    redis: readRedis(env),
    /** What works and deserves a word at start. */
    warnings: [...env.warnings],
  });
}
