import { createClient, createCluster, createSentinel } from 'redis';
import { accessOf, passwordIn, type RedisConfig } from '../config/redis-config.ts';
import { modeOf } from './redis-advice.ts';

/** What the three clients have in common, though not by their types. */
export interface Connectable {
  readonly isOpen: boolean;
  destroy(): void;
  connect(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Whether the client pings its servers: timers of Sentinel's, or of a server `isUnref`, would keep the process alive. */
export const pingsItself = ({ kind }: RedisConfig, isUnref: boolean) =>
  kind === 'cluster' || (kind === 'single' && !isUnref);

export interface ClientOptions {
  /**
   * Keeps no process alive that has nothing else to do; the caller has to look for the server anew. Only for a single
   * server: node-redis has no `unref` for Sentinel and Cluster.
   */
  readonly isUnref: boolean;
  /** How long a server may be silent before it is pinged: less than clouds take to drop idle connections silently. */
  readonly pingMs: number;
  /** Told at each connection to a single server what it calls itself: `standalone`, `cluster` or `sentinel`. */
  readonly onMode: (mode: string) => void;
  /** False once it has been destroyed. */
  readonly isWanted: () => boolean;
}

/**
 * A client of node-redis for one server, Sentinel or Cluster, not yet connected: it queues nothing while Redis is away,
 * and reconnects by itself unless `isUnref`. Who pings: see `pingsItself`.
 */
export function createRedisClient(config: RedisConfig, { isUnref, pingMs, onMode, isWanted }: ClientOptions) {
  const { credentials, tls } = accessTo(config);
  const options = {
    // `destroy` does not stop an attempt that is under way (redis 6.3): its connection would stay, and ping. Each
    // attempt asks this before it sends anything.
    credentialsProvider: {
      type: 'async-credentials-provider' as const,
      credentials: () => (isWanted() ? credentials() : Promise.reject(new Error('destroyed'))),
    },
    disableOfflineQueue: true,
    // We have a deadline of our own; theirs makes an AbortSignal for every command.
    commandOptions: { timeout: 0 },
    commandsQueueMaxLength: 10_000,
    pingInterval: pingsItself(config, isUnref) ? pingMs : 0,
    socket: {
      ...tls,
      connectTimeout: 2000,
      // For a connection that does not even answer pings; one in use is not waited for that long.
      socketTimeout: 1.5 * pingMs,
      reconnectStrategy: (retries: number) => isWanted() && Math.min(50 * 2 ** retries, 1000),
    },
  };
  if (config.kind === 'single') {
    // The pauses between its own attempts would keep the process alive; ours do not (redis-link.ts).
    const socket = { ...tls, connectTimeout: 2000, reconnectStrategy: false as const };
    const url = withoutAccess(config.url);
    const client = createClient({ url, ...options, ...(isUnref && { socket }) });
    if (isUnref) client.unref();
    return client.on('ready', () => void modeOf(client).then(onMode, () => undefined));
  }
  if (config.kind === 'sentinel') {
    const { sentinels, master, database } = config;
    return createSentinel({
      name: master,
      sentinelRootNodes: [...sentinels],
      nodeClientOptions: { ...options, database },
      // A sentinel that hangs must not keep us from asking the next.
      sentinelClientOptions: { socket: { ...options.socket, connectTimeout: 1000, socketTimeout: 1500 } },
      // All commands on one connection: leasing one for each loses leases when several come at once, until none
      // is left (seen with redis 6.3.1).
      reserveClient: true,
      scanInterval: 1000,
    });
  }
  return createCluster({
    rootNodes: config.nodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: options,
  });
}

/** How any server of `config` lets us in, as node-redis options; sentinels ask for no password. */
export function accessTo(config: RedisConfig) {
  const { username, password, tls } = accessOf(config);
  const { ca, passwordFile } = config;
  return {
    credentials: async () => {
      const secret = passwordFile === undefined ? password : await passwordIn(passwordFile);
      return { ...(username && { username }), ...(secret && { password: secret }) };
    },
    tls: tls ? { tls: true as const, ...(ca && { ca }) } : {},
  };
}

/** A user and password that node-redis reads from a URL would override its options. */
export function withoutAccess(url: string): string {
  return Object.assign(new URL(url), { username: '', password: '' }).href;
}
