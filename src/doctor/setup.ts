import { readFileSync } from 'node:fs';
import { ConfigError, type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import { type Proxies, PROXY_VARIABLES, readProxies } from '../program/outgoing.ts';
import { readIssuer } from '../gatehouse/config/common-config.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { type DoorConfig, readDoorConfig } from '../gatehouse/config/door-config.ts';
import { readRedis, type RedisConfig } from '../gatehouse/config/redis-config.ts';

/** What is configured, as far as it can be read. */
export interface Setup {
  /** `npm start` of the template brings its own provider. */
  readonly isLocal: boolean;
  /** One line a variable, as `ConfigError` has them. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Undefined where there are problems. */
  readonly door: DoorConfig | undefined;
  /** What Express is told of proxies; undefined: that is the host's own affair, or there are problems. */
  readonly trustProxy: boolean | number | string | undefined;
  /** The parts that can be read by themselves, also where others cannot; undefined: not set or not readable. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Null: the app has no API that we know of. */
  readonly apiServerUrl: string | undefined | null;
  readonly redis: RedisConfig | undefined;
  /** Those that can be read; requests of the doctor go through them, too. */
  readonly proxies: Proxies;
  /** Every secret value, for keeping it out of the report. */
  readonly secrets: readonly string[];
}

/** How a program reads the configuration, with everything that is wrong in it. Never throws. */
export type ReadSetup = (source: Env) => Setup;

/** What is configured for an app that has mounted the library, and no more. */
export const readHostSetup: ReadSetup = (env) => {
  const reader = new EnvReader(env);
  const config = readDoorConfig(reader, ['/backchannel-logout']);
  const problems = problemsOf(() => reader.done());
  return {
    ...{ isLocal: false, problems, warnings: config.warnings, trustProxy: undefined },
    door: problems.length === 0 ? config : undefined,
    ...readParts(env),
    apiServerUrl: null,
  };
};

/** One line a variable: what `read` finds to be wrong. */
export function problemsOf(read: () => void): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** What can be read by itself, and every secret. */
export function readParts(env: Env): Pick<Setup, 'issuer' | 'audience' | 'redis' | 'proxies' | 'secrets'> {
  // Of this reader nobody asks for the problems: that of the whole configuration has them all.
  const reader = new EnvReader(env);
  return {
    issuer: readIssuer(reader, false) || undefined,
    audience: reader.optional('AUTH0_AUDIENCE', parse.text),
    redis: readRedis(reader),
    proxies: readProxies(reader),
    secrets: secretsOf(env),
  };
}

/** Taking a shorter one out would leave holes in words that have nothing to do with it, and so tell it. */
const SHORTEST_HIDDEN = 6;

/** Also of values that cannot be read as what they should be. */
function secretsOf(env: Env): string[] {
  const { AUTH0_CLIENT_SECRET = '', AUTH0_CLIENT_ASSERTION_SIGNING_KEY: key = '', AUTH0_SECRET = '' } = env;
  const passwords = ['REDIS_URL', ...PROXY_VARIABLES].map((name) => {
    const [, , password = ''] = /^[^/]*\/\/([^:@/]*):(.*)@/.exec(env[name]?.trim() ?? '') ?? [];
    return password;
  });
  const passwordFile = textOf(env['REDIS_PASSWORD_FILE']?.trim());
  const pem = key.includes('-----BEGIN') ? [key] : [];
  const written = [AUTH0_CLIENT_SECRET, AUTH0_SECRET, ...AUTH0_SECRET.split(','), ...passwords, passwordFile, ...pem];
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
