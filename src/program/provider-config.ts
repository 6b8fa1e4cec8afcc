import { isLoopback } from '../gatehouse/config/common-config.ts';
import { type Env, EnvReader, withOriginsOf } from '../gatehouse/config/env-reader.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { type ProgramConfig, readProgramConfig, readRedirectUri } from './program-config.ts';

/** Defaults that the local OpenID provider and the web app share, so that they work together without settings. */
const LOCAL_DEFAULTS = {
  AUTH0_CLIENT_ID: 'gatehouse-local',
  // Known to everybody on purpose: at the local provider anybody may sign in as any demo user. Production refuses that
  // provider (below), and either of these as AUTH0_SECRET (readWebConfig).
  AUTH0_CLIENT_SECRET: 'local-development-client-secret-known-to-all',
  AUTH0_SECRET: 'local-development-session-secret-known-to-everybody',
  AUTH0_AUDIENCE: 'https://hello-world.example.com',
} as const;

/** The secrets that every clone contains. */
export const DEMO_SECRETS: readonly string[] = [LOCAL_DEFAULTS.AUTH0_SECRET, LOCAL_DEFAULTS.AUTH0_CLIENT_SECRET];

/** The whole configuration of the local OpenID provider. */
export interface ProviderConfig extends ProgramConfig {
  readonly port: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** The API for which it issues JWT access tokens. */
  readonly audience: string;
}

/** @throws ConfigError naming every problem at once, and always if `NODE_ENV` is `production`. */
export function readProviderConfig(source: Env, env = new EnvReader(source)): ProviderConfig {
  const common = readProgramConfig(env);
  if (common.production) {
    env.problem('NODE_ENV', 'is production, where the local provider never runs; set AUTH0_DOMAIN for the web app');
  }
  const config: ProviderConfig = {
    ...common,
    ...readAddress(env),
    clientId: env.optional('AUTH0_CLIENT_ID', parse.text, LOCAL_DEFAULTS.AUTH0_CLIENT_ID),
    clientSecret: env.optional('AUTH0_CLIENT_SECRET', parse.text, LOCAL_DEFAULTS.AUTH0_CLIENT_SECRET),
    redirectUri: readRedirectUri(env).href,
    audience: env.optional('AUTH0_AUDIENCE', parse.text, LOCAL_DEFAULTS.AUTH0_AUDIENCE),
  };
  env.done();
  return Object.freeze(config);
}

function readAddress(env: EnvReader): Pick<ProviderConfig, 'port' | 'issuer'> {
  const port = env.optional('PROVIDER_PORT', parse.port, 5001);
  const issuer = env.optional('ISSUER_BASE_URL', parse.httpUrl);
  // 127.0.0.1 instead of localhost is fine, as long as it is this very server.
  const isOwn = issuer && isLoopback(issuer) && issuer.port === String(port);
  return { port, issuer: isOwn ? issuer.origin : `http://localhost:${port}` };
}

/** Whether `env` names an identity provider; if not, `npm start` brings its own. */
export function namesProvider(env: Env): boolean {
  return Boolean(env['AUTH0_DOMAIN']?.trim() || env['ISSUER_BASE_URL']?.trim());
}

/**
 * A copy of `env` with all that a first login at the local provider needs. What is set stays, even if it is wrong.
 * Anybody may sign in there as anybody, so only this machine can reach it unless `HOST` says otherwise.
 */
export function withLocalProvider(env: Env): Env {
  const { issuer } = readAddress(new EnvReader(env));
  const own = Object.entries(env).filter(([, value]) => value?.trim());
  const defaults = { ...LOCAL_DEFAULTS, HOST: 'localhost', ISSUER_BASE_URL: issuer };
  return withOriginsOf(env, { ...defaults, ...Object.fromEntries(own) });
}
