import { accessOf, type RedisConfig } from '../config/redis-config.ts';

/** The part of a client that can be asked anything. */
export interface Asked {
  sendCommand(words: string[]): Promise<unknown>;
}

/** What a server calls itself: `standalone`, `cluster` or `sentinel`. Every user may ask. Rejects where it does not say. */
export async function modeOf(client: Asked): Promise<string> {
  const about = (await client.sendCommand(['HELLO'])) as { mode?: unknown };
  return String(about.mode);
}

/** What to write into `REDIS_URL` for a single server that says it is of this mode; undefined: it is right. */
export function adviceForMode(config: RedisConfig, mode: string): string | undefined {
  if (config.kind !== 'single' || !/^(cluster|sentinel)$/.test(mode)) return undefined;
  const what = mode === 'cluster' ? 'a node of a cluster, which takes only some of the keys' : 'a sentinel';
  return `REDIS_URL names one server, but it is ${what}; write ${urlOf(config, mode)}`;
}

/** What to write where `error` tells that the configuration does not fit; undefined: it does not tell. Names no password. */
export function adviceForError(config: RedisConfig, error: unknown): string | undefined {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (/^MOVED /.test(message)) return adviceForMode(config, 'cluster');
  if (config.kind === 'cluster' && /cluster support disabled|unknown command.*cluster/i.test(message)) {
    return `REDIS_URL names a cluster, but it is a server by itself; write ${urlOf(config)}`;
  }
  if (config.kind === 'sentinel' && /unknown command.*sentinel/i.test(message)) {
    return `REDIS_URL names sentinels, but this is none; name them, or write ${urlOf(config)}`;
  }
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/.test(code)) {
    const now = config.ca === undefined ? '' : ' It is none of those in there now.';
    return `its certificate is not trusted (${code}): write that of the authority which signed it, PEM or path, into REDIS_CA.${now}`;
  }
  return undefined;
}

/** The same hosts in the scheme of another kind. */
function urlOf(config: RedisConfig, mode = 'standalone'): string {
  const { username, password, tls } = accessOf(config);
  const [first] = config.kind === 'cluster' ? config.nodes : config.kind === 'sentinel' ? config.sentinels : [];
  const host = config.kind === 'single' ? new URL(config.url).host : `${first?.host ?? ''}:${first?.port ?? ''}`;
  const access = username || password ? 'user:password@' : '';
  const kind = mode === 'standalone' ? '' : `+${mode}`;
  return `redis${tls ? 's' : ''}${kind}://${access}${host}${mode === 'sentinel' ? '/master-name' : ''}`;
}
