import type { EnvReader } from './env-reader.ts';
import { domain, httpUrl, integer, oneOf, text } from './parsers.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What every program of this project is told. */
export interface CommonConfig {
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Address to bind; undefined: all interfaces. */
  readonly host: string | undefined;
  readonly shutdownTimeoutSeconds: number;
}

export function readCommonConfig(env: EnvReader): CommonConfig {
  return {
    production: readProduction(env),
    logLevel: env.optional(
      'LOG_LEVEL',
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      'info',
    ),
    host: env.optional('HOST', text),
    shutdownTimeoutSeconds: env.optional('SHUTDOWN_TIMEOUT_SECONDS', integer(0, 3600), 10),
  };
}

/** Whether `NODE_ENV` is `production`. */
export function readProduction(env: EnvReader): boolean {
  return env.optional('NODE_ENV', oneOf('production', 'development', 'test')) === 'production';
}

/**
 * The issuer of the OpenID provider, from `ISSUER_BASE_URL` or `AUTH0_DOMAIN`, without the slash at its end.
 * Whether the provider itself writes that slash (Auth0 does) is learnt from its discovery document.
 */
export function readIssuer(env: EnvReader, production: boolean): string {
  const tenant = env.optional('AUTH0_DOMAIN', domain);
  const issuer = env.optional('ISSUER_BASE_URL', httpUrl);
  const fromTenant = tenant === undefined ? undefined : `https://${tenant}`;
  const fromIssuer = issuer?.href.replace(/\/+$/, '');
  if (!env.isSet('AUTH0_DOMAIN') && !env.isSet('ISSUER_BASE_URL')) {
    env.problem(
      'AUTH0_DOMAIN',
      'is not set; write your tenant, such as tenant.us.auth0.com (another OpenID provider: ISSUER_BASE_URL)',
    );
  }
  if (fromTenant && fromIssuer && fromTenant !== fromIssuer) {
    env.problem('ISSUER_BASE_URL', `contradicts AUTH0_DOMAIN (${fromTenant}); set only one of them`);
  }
  if (issuer) requireHttps(env, 'ISSUER_BASE_URL', issuer, production);
  return fromIssuer ?? fromTenant ?? '';
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname);
}

/** In production plain http is for loopback only, and even there worth a warning. */
export function requireHttps(env: EnvReader, name: string, url: URL, production: boolean): void {
  if (!production || url.protocol === 'https:') return;
  if (isLoopback(url)) env.warnings.push(`${name} is plain http (${url.origin}): fine on this machine only`);
  else env.problem(name, `is plain http, which production refuses; write https://${url.host}${url.pathname}`);
}
