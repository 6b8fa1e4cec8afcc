import { isProduction } from '../gatehouse/config/common-config.ts';
import type { EnvReader } from '../gatehouse/config/env-reader.ts';
import { integer, oneOf, text } from '../gatehouse/config/parsers.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What every program of this project is told. */
export interface ProgramConfig {
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Address to bind; undefined: all interfaces. */
  readonly host: string | undefined;
  readonly shutdownTimeoutSeconds: number;
}

export function readProgramConfig(env: EnvReader): ProgramConfig {
  return {
    production: isProduction(env),
    logLevel: env.optional('LOG_LEVEL', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), 'info'),
    host: env.optional('HOST', text),
    shutdownTimeoutSeconds: env.optional('SHUTDOWN_TIMEOUT_SECONDS', integer(0, 3600), 10),
  };
}
