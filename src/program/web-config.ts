import type { AppConfig } from '../app/app-config.ts';
import { readApiServerUrl, requireHttps } from '../gatehouse/config/common-config.ts';
import { type DoorConfig, readDoorConfig } from '../gatehouse/config/door-config.ts';
import { type Env, EnvReader, type Parse } from '../gatehouse/config/env-reader.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { getDomain, getHostname } from 'tldts';
import { trustProxy } from './parsers.ts';
import { DEMO_SECRETS } from './provider-config.ts';
import { type ProgramConfig, readProgramConfig } from './program-config.ts';

/** The whole configuration of the web app. */
export interface WebConfig extends ProgramConfig, AppConfig {
  readonly port: number;
  readonly metricsPort: number | undefined;
  /** How many processes of this machine serve the web app. */
  readonly processes: number;
  /** The library reads this by itself, too; it is here so that all problems are reported at once. */
  readonly door: DoorConfig;
  /** The environment, for the library to read. */
  readonly env: Env;
  /** What works but deserves a warning at the start, apart from what the library warns of. */
  readonly warnings: readonly string[];
}

/** Paths of the app that a callback must not take; see `src/app/routes.ts`. */
const TAKEN = [
  ...['/login', '/logout', '/signup', '/profile', '/api-call', '/protected', '/admin', '/sessions'],
  ...['/health', '/ready', '/backchannel-logout'],
];

const trueOrFalse: Parse<boolean> = (value) => parse.oneOf('true', 'false')(value) === 'true';

/**
 * Whether the app's host name is below somebody's domain, so that the names below it are the app's own, too. Names
 * directly below a domain may be anything, even something that speaks plain http.
 */
function isBelowItsDomain(baseUrl: string): boolean {
  const domain = getDomain(baseUrl, { allowPrivateDomains: true });
  return domain !== null && domain !== getHostname(baseUrl);
}

/** @throws ConfigError naming every problem at once. */
export function readWebConfig(source: Env, env = new EnvReader(source)): WebConfig {
  const program = readProgramConfig(env);
  const door = readDoorConfig(env, TAKEN);
  const port = env.optional('PORT', parse.port, 5000);
  const metricsPort = env.optional('METRICS_PORT', parse.port);
  if (program.production && DEMO_SECRETS.some((demo) => source['AUTH0_SECRET']?.includes(demo))) {
    env.problem('AUTH0_SECRET', 'is the demo secret, which everybody knows; make one with: openssl rand -hex 64');
  }
  if (metricsPort === port) env.problem('METRICS_PORT', `is the port of the web app (${port}); choose another`);
  // Without an audience there are no access tokens for an API, so the app calls none.
  const callsApi = door.audience !== undefined || env.isSet('API_SERVER_URL');
  const apiServerUrl = callsApi ? readApiServerUrl(env) : 'http://localhost:6060';
  requireHttps(env, 'API_SERVER_URL', new URL(apiServerUrl), program.production);
  const processes = env.optional('WEB_CONCURRENCY', parse.integer(1, 1024), 1);
  if (processes > 1 && door.audience !== undefined && !door.redis) {
    env.warnings.push(`WEB_CONCURRENCY is ${processes} without REDIS_URL: two processes may renew one token at once`);
  }
  const config: WebConfig = {
    ...program,
    door,
    env: source,
    warnings: env.warnings.slice(door.warnings.length),
    port,
    metricsPort,
    processes,
    trustProxy: env.optional('TRUST_PROXY', trustProxy, false),
    apiServerUrl,
    baseUrl: door.baseUrl,
    callbackPath: door.callbackPath,
    hsts: { includeSubDomains: env.optional('HSTS_INCLUDE_SUBDOMAINS', trueOrFalse, isBelowItsDomain(door.baseUrl)) },
    issuer: door.issuer,
    audience: door.audience,
    hasRedis: door.redis !== undefined,
  };
  env.done();
  return Object.freeze(config);
}
