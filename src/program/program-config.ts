import { isProduction } from '../gatehouse/config/common-config.ts';
import type { EnvReader } from '../gatehouse/config/env-reader.ts';
import { httpUrl, integer, oneOf, port, text } from '../gatehouse/config/parsers.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What every program of this project is told. */
export interface ProgramConfig {
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Address to bind; undefined: all interfaces. */
  readonly host: string | undefined;
  /** Where that came from, as words to follow it: some shells set `HOST` for purposes of their own. */
  readonly hostFrom: string;
  readonly shutdownTimeoutSeconds: number;
}

export function readProgramConfig(env: EnvReader): ProgramConfig {
  return {
    production: isProduction(env),
    logLevel: env.optional('LOG_LEVEL', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info'),
    host: env.optional('HOST', text),
    hostFrom: env.where('HOST'),
    shutdownTimeoutSeconds: env.optional('SHUTDOWN_TIMEOUT_SECONDS', integer(0, 3600), 10),
  };
}

/** Where the browser comes back to the web app, for the other programs. Its port is read only where nothing else says it. */
export function readRedirectUri(env: EnvReader): URL {
  if (env.isSet('AUTH0_REDIRECT_URI')) {
    return env.optional('AUTH0_REDIRECT_URI', httpUrl, new URL('http://localhost/callback'));
  }
  return new URL(`http://localhost:${env.optional('PORT', port, 5000)}/callback`);
}
