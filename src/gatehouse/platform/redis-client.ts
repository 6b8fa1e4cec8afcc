import { createClient, createCluster, createSentinel } from 'redis';
import type { RedisConfig } from '../config/redis-config.ts';

/** What the three clients have in common, though their types do not say so. */
export interface Connectable {
  readonly isOpen: boolean;
  destroy(): void;
  connect(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * A client of node-redis for one server, Sentinel or Cluster, not yet connected: it queues nothing while it is away,
 * and looks for its server anew by itself; with `isUnref` the caller has to.
 */
export function createRedisClient(config: RedisConfig, { isUnref, pingMs }: { isUnref: boolean; pingMs: number }) {
  const options = {
    disableOfflineQueue: true,
    // We have a deadline of our own; theirs makes an AbortSignal for every command.
    commandOptions: { timeout: 0 },
    commandsQueueMaxLength: 10_000,
    pingInterval: pingMs,
    socket: {
      connectTimeout: 2000,
      // A connection that does not even answer pings; one that is in use is not waited for so long.
      socketTimeout: 1.5 * pingMs,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, 1000),
    },
  };
  if (config.kind === 'single') {
    if (!isUnref) return createClient({ url: config.url, ...options });
    // The pauses of its own attempts, and between its pings, would keep the process alive; ours do not (redis-link.ts).
    const { connectTimeout } = options.socket;
    const socket = { connectTimeout, reconnectStrategy: false as const };
    const client = createClient({ url: config.url, ...options, pingInterval: 0, socket });
    client.unref();
    return client;
  }
  const { username, password } = config;
  const access = { ...(username && { username }), ...(password && { password }) };
  const socket = { ...options.socket, ...(config.tls && { tls: true as const }) };
  if (config.kind === 'sentinel') {
    const { sentinels, master, database } = config;
    return createSentinel({
      name: master,
      sentinelRootNodes: [...sentinels],
      nodeClientOptions: { ...options, ...access, database, socket },
      // One that hangs must not keep us from asking the next.
      sentinelClientOptions: { socket: { ...socket, connectTimeout: 1000, socketTimeout: 1500 } },
      // All commands on one connection: leasing one for each loses leases when several come at once, until none
      // is left (seen with redis 6.3.1).
      reserveClient: true,
      scanInterval: 1000,
    });
  }
  return createCluster({
    rootNodes: config.nodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: { ...options, ...access, socket },
  });
}
