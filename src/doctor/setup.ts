import { readFileSync } from 'node:fs';
import { ConfigError, type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import { type Proxies, PROXY_VARIABLES, readProxies } from '../program/outgoing.ts';
import { readIssuer } from '../gatehouse/config/common-config.ts';
import * as parse from '../gatehouse/config/parsers.ts';
import { type DoorConfig, readDoorConfig } from '../gatehouse/config/door-config.ts';
import { readRedis, type RedisConfig } from '../gatehouse/config/redis-config.ts';

/** What is configured, as far as it can be read. */
export interface Setup {
  /** No provider is named, so `npm start` of the template runs its own. */
  readonly isLocal: boolean;
  /** One line for each variable, as in `ConfigError`. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Undefined if there are problems. */
  readonly door: DoorConfig | undefined;
  /** What Express is told about proxies; undefined if that is up to the host app, or if there are problems. */
  readonly trustProxy: boolean | number | string | undefined;
  /** Parts that can be read on their own, even if others cannot; undefined if not set or not readable. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Null if the app has no API that we know of. */
  readonly apiServerUrl: string | undefined | null;
  readonly redis: RedisConfig | undefined;
  /** The proxies that can be read; the doctor's own requests use them, too. */
  readonly proxies: Proxies;
  /** Every secret value, to be kept out of the report. */
  readonly secrets: readonly string[];
}

/** Reads a program's configuration, and finds everything that is wrong with it. Never throws. */
export type ReadSetup = (source: Env) => Setup;

/** Reads what a host app that mounts the library needs, and no more. */
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

/** What `read` finds wrong, one line for each variable. */
export function problemsOf(read: () => void): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The parts that can be read on their own, and every secret. */
export function readParts(env: Env): Pick<Setup, 'issuer' | 'audience' | 'redis' | 'proxies' | 'secrets'> {
  // Nobody asks this reader for problems, since the reader of the whole configuration has them all.
  const reader = new EnvReader(env);
  return {
    issuer: readIssuer(reader, false) || undefined,
    audience: reader.optional('AUTH0_AUDIENCE', parse.text),
    redis: readRedis(reader),
    proxies: readProxies(reader),
    secrets: secretsOf(env),
  };
}

/** Hiding a shorter secret would leave holes in unrelated words, and so give it away. */
const SHORTEST_HIDDEN = 6;

/** Finds secrets in values that cannot be parsed, too. */
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
