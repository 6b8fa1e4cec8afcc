import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { processNumber } from './process-number.ts';
import type { ProgramConfig } from './program-config.ts';

export type { Logger };

/** Keys whose values never reach a log line, whether at the top of a logged object or one level down. */
const SECRET_KEYS = [
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'logout_token',
  'code',
  'code_verifier',
  'client_secret',
  'client_assertion',
  'authorization',
  'dpop',
  'cookie',
  'set-cookie',
];

/** The logger of one program: JSON lines in production, readable ones in development. */
export function createLogger(config: Pick<ProgramConfig, 'production' | 'logLevel'>, program: string): Logger {
  const options = {
    level: config.logLevel,
    base: { program, process: processNumber() },
    redact: { paths: SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`]), censor: '[redacted]' },
  };
  if (config.production) return pino(options);
  const ignore = 'pid,hostname,program,process,status,ms';
  return pino(options, pretty({ sync: true, ignore, messageFormat: '[{program}] {msg}', singleLine: true }));
}
