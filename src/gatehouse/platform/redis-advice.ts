import { accessOf, type RedisConfig, type RedisNode } from '../config/redis-config.ts';

/** What a server calls itself: `standalone`, `cluster` or `sentinel`. Any user may ask. Rejects if it does not say. */
export async function modeOf(client: { sendCommand(words: string[]): Promise<unknown> }): Promise<string> {
  const about = (await client.sendCommand(['HELLO'])) as { mode?: unknown };
  return String(about.mode);
}

/** What is wrong with the configuration, and what to write; neither names a user or a password. */
export interface Advice {
  readonly problem: string;
  readonly remedy: string;
}

/** For a single server that reports this mode; undefined: `REDIS_URL` is right. */
export function adviceForMode(config: RedisConfig, mode: string): Advice | undefined {
  if (config.kind !== 'single' || !/^(cluster|sentinel)$/.test(mode)) return undefined;
  const what = mode === 'cluster' ? 'a node of a cluster, which has only some of the keys' : 'a sentinel';
  return { problem: `REDIS_URL names one server, but it is ${what}`, remedy: `write ${urlOf(config, mode)}` };
}

/** Undefined: the error does not tell. */
export function adviceForError(config: RedisConfig, error: unknown): Advice | undefined {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (/^MOVED /.test(message)) return adviceForMode(config, 'cluster');
  if (config.kind === 'cluster' && /cluster support disabled|unknown command.*cluster/i.test(message)) {
    const problem = 'REDIS_URL names a cluster, but it is a single server';
    return { problem, remedy: `write ${urlOf(config)}` };
  }
  if (config.kind === 'sentinel' && /unknown command.*sentinel/i.test(message)) {
    const problem = 'REDIS_URL names sentinels, but this is not one';
    return { problem, remedy: `name them, or write ${urlOf(config)}` };
  }
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/.test(code)) {
    const problem = `the certificate of Redis is not trusted (${code})${config.ca ? ', not even by REDIS_CA' : ''}`;
    return { problem, remedy: 'write the certificate of the authority that signed it, PEM or path, into REDIS_CA' };
  }
  return undefined;
}

/** As URLs have it: IPv6 addresses in brackets. */
export function hostOf({ host, port }: RedisNode): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The same hosts with another kind's scheme. */
function urlOf(config: RedisConfig, mode = 'standalone'): string {
  const { username, password, tls } = accessOf(config);
  const [first] = config.kind === 'cluster' ? config.nodes : config.kind === 'sentinel' ? config.sentinels : [];
  const host = config.kind === 'single' ? new URL(config.url).host : first ? hostOf(first) : '';
  const access = username || password ? 'user:password@' : '';
  const kind = mode === 'standalone' ? '' : `+${mode}`;
  return `redis${tls ? 's' : ''}${kind}://${access}${host}${mode === 'sentinel' ? '/master-name' : ''}`;
}
