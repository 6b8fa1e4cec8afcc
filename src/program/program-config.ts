import { isProduction } from '../gatehouse/config/common-config.ts';
import type { EnvReader } from '../gatehouse/config/env-reader.ts';
import { httpUrl, integer, oneOf, port, text } from '../gatehouse/config/parsers.ts';
import { type Proxies, readProxies } from './outgoing.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The configuration that all programs of this project share. */
export interface ProgramConfig {
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Address to bind; undefined: all interfaces. */
  readonly host: string | undefined;
  /** Where `host` came from, as words to put after it: some shells set `HOST` for purposes of their own. */
  readonly hostFrom: string;
  /** How long requests in flight may still take once the server accepts no new ones. */
  readonly shutdownTimeoutSeconds: number;
  /** How long the server accepts new requests after SIGTERM, while `/ready` already answers 503. */
  readonly shutdownDelaySeconds: number;
  /** How long a connection without requests is kept. */
  readonly keepAliveSeconds: number;
  /** Proxies for requests to the provider and the API. */
  readonly proxies: Proxies;
}

/** The part of it that `listen` needs. */
export type ServerConfig = Pick<
  ProgramConfig,
  'host' | 'hostFrom' | 'shutdownTimeoutSeconds' | 'shutdownDelaySeconds' | 'keepAliveSeconds'
>;

export function serverConfig(config: ServerConfig): ServerConfig {
  const { host, hostFrom, shutdownTimeoutSeconds, shutdownDelaySeconds, keepAliveSeconds } = config;
  return { host, hostFrom, shutdownTimeoutSeconds, shutdownDelaySeconds, keepAliveSeconds };
}

export function readProgramConfig(env: EnvReader): ProgramConfig {
  return {
    production: isProduction(env),
    logLevel: env.optional('LOG_LEVEL', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info'),
    host: env.optional('HOST', text),
    hostFrom: env.where('HOST'),
    shutdownTimeoutSeconds: env.optional('SHUTDOWN_TIMEOUT_SECONDS', integer(0, 3600), 10),
    shutdownDelaySeconds: env.optional('SHUTDOWN_DELAY_SECONDS', integer(0, 3600), 0),
    keepAliveSeconds: env.optional('KEEP_ALIVE_SECONDS', integer(1, 3600), 65),
    proxies: readProxies(env),
  };
}

/** Where the browser comes back to the web app, for the other programs. Reads `PORT` only if nothing else says it. */
export function readRedirectUri(env: EnvReader): URL {
  if (env.isSet('AUTH0_REDIRECT_URI')) {
    return env.optional('AUTH0_REDIRECT_URI', httpUrl, new URL('http://localhost/callback'));
  }
  return new URL(`http://localhost:${env.optional('PORT', port, 5000)}/callback`);
}
