import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EnvReader, Parse } from './env-reader.ts';
import { orSay } from './parsers.ts';

interface Access {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Files {
  /** PEM: the only authorities trusted to sign certificates; undefined: those that Node trusts. */
  readonly ca?: string;
  /** A file with the password, read at each connection. */
  readonly passwordFile?: string;
}

/** One server, a master that sentinels name, or a cluster that any of its nodes names; and how it lets us in. */
export type RedisConfig = Files &
  (
    | { readonly kind: 'single'; readonly url: string }
    | (Access & {
        readonly kind: 'sentinel';
        readonly sentinels: readonly RedisNode[];
        readonly master: string;
        readonly database: number;
      })
    | (Access & { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] })
  );

const SINGLE = 'redis://localhost:6379 (rediss:// for TLS)';
const SENTINEL = 'redis+sentinel://host:26379,host:26379/master-name';
const CLUSTER = 'redis+cluster://host:6379,host:6379';
/** scheme, TLS, kind, user:password, hosts, path */
const SEVERAL = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)\/?([^?#]*)$/;

/** `REDIS_URL` with `REDIS_CA` and `REDIS_PASSWORD_FILE`. Undefined: there is no Redis, or `env` has the problem. */
export function readRedis(env: EnvReader): RedisConfig | undefined {
  const address = env.optional('REDIS_URL', redisUrl);
  const ca = env.optional('REDIS_CA', authority);
  const file = env.optional('REDIS_PASSWORD_FILE', passwordFile);
  for (const name of ['REDIS_CA', 'REDIS_PASSWORD_FILE']) {
    if (env.isSet(name) && !env.isSet('REDIS_URL')) env.problem(name, 'is set without REDIS_URL; set that, too');
  }
  if (!address) return undefined;
  const { password, tls } = accessOf(address);
  if (ca && !tls) env.problem('REDIS_CA', 'is for TLS; begin REDIS_URL with rediss instead of redis');
  if (file && password !== undefined) {
    env.problem('REDIS_PASSWORD_FILE', 'contradicts the password in REDIS_URL; take one of the two out');
  }
  return Object.freeze({ ...address, ...(ca && { ca }), ...(file && { passwordFile: file }) });
}

/** User and password in `REDIS_URL`, decoded, and whether it asks for TLS. */
export function accessOf(config: RedisConfig): Access {
  if (config.kind !== 'single') return config;
  const { protocol, username, password } = new URL(config.url);
  return { ...userAndPassword(`${username}:${password}`), tls: protocol === 'rediss:' };
}

/** `REDIS_URL`. Messages name neither users nor passwords. */
export const redisUrl: Parse<RedisConfig> = (value) => {
  if (/^rediss?:/.test(value)) return single(value);
  const [, tls, kind, access, hosts = '', path = ''] = SEVERAL.exec(value) ?? [];
  if (kind === undefined) throw new Error(`is not a Redis URL; write ${SINGLE}, ${SENTINEL} or ${CLUSTER}`);
  const common = { ...userAndPassword(access), tls: tls === 's' };
  if (kind === 'cluster') {
    if (path !== '') throw new Error(`has a path, and a cluster has only one database; write ${CLUSTER}`);
    return Object.freeze({ kind, ...common, nodes: nodesOf(hosts, 6379, CLUSTER) });
  }
  const [master = '', database = '0', ...more] = path.split('/');
  if (!master || !/^\d+$/.test(database) || more.length > 0) {
    throw new Error(`lacks the name of the master; write ${SENTINEL}`);
  }
  const sentinels = nodesOf(hosts, 26379, SENTINEL);
  return Object.freeze({ kind: 'sentinel', ...common, sentinels, master, database: Number(database) });
};

function single(value: string): RedisConfig {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url?.hostname) throw new Error(`is not a Redis URL; write ${SINGLE}`);
  if (!/^\/?\d*$/.test(url.pathname)) throw new Error('does not end in a database number; write redis://host:6379/0');
  userAndPassword(`${url.username}:${url.password}`);
  return Object.freeze({ kind: 'single', url: value });
}

function userAndPassword(access = ''): Pick<Access, 'username' | 'password'> {
  const [username = '', ...password] = access.split(':');
  const decoded = (text: string) =>
    orSay('has a user or password with a lone "%"; write it as %25', () => decodeURIComponent(text) || undefined);
  return { username: decoded(username), password: decoded(password.join(':')) };
}

function nodesOf(hosts: string, defaultPort: number, example: string): readonly RedisNode[] {
  return hosts.split(',').map((host) => {
    const url = URL.canParse(`redis://${host}`) ? new URL(`redis://${host}`) : undefined;
    if (!url?.hostname) throw new Error(`has a host that is not valid; write ${example}`);
    // Node wants IPv6 addresses without a URL's brackets.
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) };
  });
}

/** `REDIS_CA`: certificates as PEM, or the path of a file that holds them. Newlines may be written as `\n`. */
const authority: Parse<string> = (value) => {
  const hint = 'is neither a PEM nor the path of a readable file; write the certificate of the authority, or its path';
  const pem = value.includes('-----BEGIN')
    ? value.replaceAll('\\n', '\n')
    : orSay(hint, () => readFileSync(value, 'utf8'));
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [''];
  orSay('holds no certificate that can be read; write one as PEM, -----BEGIN CERTIFICATE-----', () =>
    certificates.forEach((certificate) => new X509Certificate(certificate)),
  );
  return pem;
};

/** `REDIS_PASSWORD_FILE`: the path of a file that holds a password at this moment. */
const passwordFile: Parse<string> = (path) => {
  const hint = 'is not the path of a readable file; write the path of the one that holds the password';
  const password = orSay(hint, () => readFileSync(path, 'utf8')).trim();
  if (!password) throw new Error('is the path of an empty file; write the password into it');
  return path;
};

/** The password in the file, without blanks around it. Rejects where the file cannot be read. */
export async function passwordIn(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}
