import type { EnvReader, Parse } from './env-reader.ts';
import { authority, passwordFile } from './redis-files.ts';
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

/** Where Redis is, and how it lets us in. */
export type RedisConfig = RedisAddress & Files;

/** One server, a master that sentinels name, or a cluster that any of its nodes names. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly url: string }
  | (Access & {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisNode[];
      readonly master: string;
      readonly database: number;
    })
  | (Access & { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] });

const SINGLE = 'redis://localhost:6379 (rediss:// for TLS)';
const SENTINEL = 'redis+sentinel://host:26379,host:26379/master-name';
const CLUSTER = 'redis+cluster://host:6379,host:6379';
/** scheme, TLS, kind, user:password, hosts, path */
const SEVERAL = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^@/?#]+)\/?([^?#]*)$/;

/** `REDIS_URL` with `REDIS_CA` and `REDIS_PASSWORD_FILE`. Undefined: there is no Redis, or `env` has the problem. */
export function readRedis(env: EnvReader): RedisConfig | undefined {
  const address = env.optional('REDIS_URL', redisUrl);
  const files: Files = {
    ...(env.isSet('REDIS_CA') && { ca: env.optional('REDIS_CA', authority, '') }),
    ...(env.isSet('REDIS_PASSWORD_FILE') && { passwordFile: env.optional('REDIS_PASSWORD_FILE', passwordFile, '') }),
  };
  for (const name of ['REDIS_CA', 'REDIS_PASSWORD_FILE']) {
    if (env.isSet(name) && !env.isSet('REDIS_URL')) env.problem(name, 'is set without REDIS_URL; set that, too');
  }
  if (!address) return undefined;
  const { password, tls } = accessOf(address);
  if (files.ca !== undefined && !tls)
    env.problem('REDIS_CA', 'is for TLS; begin REDIS_URL with rediss instead of redis');
  if (files.passwordFile !== undefined && password !== undefined) {
    env.problem('REDIS_PASSWORD_FILE', 'contradicts the password in REDIS_URL; take one of the two out');
  }
  return Object.freeze({ ...address, ...files });
}

/** User and password in `REDIS_URL`, decoded, and whether it asks for TLS. */
export function accessOf(address: RedisAddress): Access {
  if (address.kind !== 'single') return address;
  const { protocol, username, password } = new URL(address.url);
  return { ...userAndPassword(`${username}:${password}`), tls: protocol === 'rediss:' };
}

/** `REDIS_URL`. Messages name neither users nor passwords. */
export const redisUrl: Parse<RedisAddress> = (value) => {
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

function single(value: string): RedisAddress {
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
