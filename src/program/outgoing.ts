import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { isLoopback } from '../gatehouse/config/common-config.ts';
import type { EnvReader, Parse } from '../gatehouse/config/env-reader.ts';
import { text } from '../gatehouse/config/parsers.ts';

/** A proxy for outgoing requests, and the variable that names it. */
export interface Proxy {
  readonly url: URL;
  readonly variable: string;
}

/** The proxies of a machine, from the variables that curl reads, too. */
export interface Proxies {
  readonly http: Proxy | undefined;
  readonly https: Proxy | undefined;
  /** Hosts to reach without a proxy, in lower case: `example.com` with all names below it, `example.com:8080`, `*`. */
  readonly except: readonly string[];
}

/** `loadEnv` also reads their lower-case names. */
export const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;

export function readProxies(env: EnvReader): Proxies {
  const read = (variable: string): Proxy | undefined => {
    const url = env.optional(variable, proxyUrl);
    return url && { url, variable };
  };
  const all = read('ALL_PROXY');
  const except = env
    .optional('NO_PROXY', text, '')
    .toLowerCase()
    .split(/[,\s]+/)
    .filter(Boolean);
  return { http: read('HTTP_PROXY') ?? all, https: read('HTTPS_PROXY') ?? all, except };
}

/** Its messages must not quote the value, which may hold a user and a password. */
const proxyUrl: Parse<URL> = (value) => {
  const whole = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url?.hostname || !/^(https?|socks5):$/.test(url.protocol)) {
    throw new Error('is not the URL of a proxy; write it as http://proxy.example.com:3128');
  }
  return url;
};

/** The proxy for `url`; undefined if requests go there directly, as they always do to this machine. */
export function proxyFor(url: URL, { http, https, except }: Proxies): Proxy | undefined {
  const { hostname, protocol } = url;
  const port = url.port || (protocol === 'https:' ? '443' : '80');
  const isExcepted = except.some((entry) => {
    if (entry === '*') return true;
    const [, name = entry, onlyPort = port] = /^(.+?):(\d+)$/.exec(entry) ?? [];
    const bare = name.replace(/^\*?\./, '');
    return onlyPort === port && (hostname === bare || hostname.endsWith(`.${bare}`));
  });
  if (isExcepted || isLoopback(url)) return undefined;
  return protocol === 'https:' ? https : http;
}

/**
 * How long to try one address of a host before the next, in milliseconds. Node's own 250 are too few for a distant
 * server on a slow line: Node gave up every address, IPv4 and IPv6.
 */
export const ATTEMPT_MS = 1500;

/** Makes `fetch` use `proxies`, and try each address for `ATTEMPT_MS`. Call it once, before the first request. */
export async function prepareOutgoing(proxies: Proxies): Promise<void> {
  setDefaultAutoSelectFamilyAttemptTimeout(Math.max(ATTEMPT_MS, getDefaultAutoSelectFamilyAttemptTimeout()));
  if (!proxies.http && !proxies.https) return;
  // Loaded only here: without a proxy, Node's own copy of undici is enough. The two share the global dispatcher.
  const { Agent, Pool, ProxyAgent, setGlobalDispatcher } = await import('undici');
  const factory = (origin: string | URL, options: object) => {
    const proxy = proxyFor(new URL(origin), proxies);
    // Plain http goes without a tunnel: few proxies allow one to port 80.
    return proxy ? new ProxyAgent({ uri: proxy.url.href, proxyTunnel: false }) : new Pool(origin, options);
  };
  setGlobalDispatcher(new Agent({ factory }));
}
