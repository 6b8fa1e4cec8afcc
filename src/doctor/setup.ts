import { readFileSync } from 'node:fs';
import { ConfigError, type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import { readIssuer } from '../gatehouse/config/common-config.ts';
import { readLocalConfig, runsLocalProvider } from '../program/local-config.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { withLocalProvider } from '../program/provider-config.ts';
import { readRedis, type RedisConfig } from '../gatehouse/config/redis-config.ts';
import type { WebConfig } from '../program/web-config.ts';

/** What `npm start` would run, as far as it can be read. */
export interface Setup {
  /** `npm start` brings its own provider. */
  readonly isLocal: boolean;
  /** One line a variable, as `ConfigError` has them. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Undefined where there are problems. */
  readonly web: WebConfig | undefined;
  /** The parts that can be read by themselves, also where others cannot; undefined: not set or not readable. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly apiServerUrl: string | undefined;
  readonly redis: RedisConfig | undefined;
  /** Every secret value, for keeping it out of the report. */
  readonly secrets: readonly string[];
}

/** Reads the configuration with everything that is wrong in it; never throws. */
export function readSetup(source: Env): Setup {
  const isLocal = runsLocalProvider(source);
  const env = isLocal ? withLocalProvider(source) : source;
  // Of these readers nobody asks for the problems: `readLocalConfig` tells them all.
  const reader = new EnvReader(env);
  const apiPort = reader.optional('API_PORT', parse.port, 6060);
  return {
    isLocal,
    ...readWeb(source),
    issuer: readIssuer(reader, false) || undefined,
    audience: reader.optional('AUTH0_AUDIENCE', parse.text),
    apiServerUrl: reader.optional('API_SERVER_URL', parse.baseUrl, `http://localhost:${apiPort}`),
    redis: readRedis(reader),
    secrets: secretsOf(env),
  };
}

function readWeb(source: Env): Pick<Setup, 'web' | 'problems' | 'warnings'> {
  try {
    const { web, api } = readLocalConfig(source);
    const warnings = [...new Set([...web.door.warnings, ...web.warnings, ...(api?.warnings ?? [])])];
    return { web, problems: [], warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { web: undefined, problems: error.problems, warnings: [] };
  }
}

/** Taking a shorter one out would leave holes in words that have nothing to do with it, and so tell it. */
const SHORTEST_HIDDEN = 6;

/** Also of values that cannot be read as what they should be. */
function secretsOf(env: Env): string[] {
  const { AUTH0_CLIENT_SECRET = '', AUTH0_CLIENT_ASSERTION_SIGNING_KEY: key = '', AUTH0_SECRET = '' } = env;
  const [, , password = ''] = /^[^/]*\/\/([^:@/]*):(.*)@/.exec(env['REDIS_URL']?.trim() ?? '') ?? [];
  const passwordFile = textOf(env['REDIS_PASSWORD_FILE']?.trim());
  const pem = key.includes('-----BEGIN') ? [key] : [];
  const written = [AUTH0_CLIENT_SECRET, AUTH0_SECRET, ...AUTH0_SECRET.split(','), password, passwordFile, ...pem];
  const secrets = written.flatMap((secret) => [secret.trim(), decoded(secret.trim())]);
  return [...new Set(secrets)].filter(({ length }) => length >= SHORTEST_HIDDEN);
}

function textOf(path = ''): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
