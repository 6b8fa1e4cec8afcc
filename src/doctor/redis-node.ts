import { createClient, type RedisClientOptions } from 'redis';
import type { RedisConfig, RedisNode } from '../gatehouse/config/redis-config.ts';
import { withDeadline } from '../gatehouse/platform/deadline.ts';
import { type Advice, adviceForMode, modeOf } from '../gatehouse/platform/redis-advice.ts';
import { accessTo, withoutAccess } from '../gatehouse/platform/redis-client.ts';
import { CHECK_MS } from './check.ts';

/** What one Redis server says of itself. */
export interface NodeReport {
  /** What `INFO` says, by name; undefined if this user may not ask. */
  readonly info: ReadonlyMap<string, string> | undefined;
  /** What to write instead if `REDIS_URL` names another kind of Redis. */
  readonly advice: Advice | undefined;
}

type Client = ReturnType<typeof createClient>;

/** Connects a plain client to one node, for what the app's own client cannot do: `INFO` is about one server. */
async function withNode<T>(options: RedisClientOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const socket = { connectTimeout: CHECK_MS, reconnectStrategy: false as const, ...options.socket };
  const client = createClient({ ...options, socket }) as Client;
  client.on('error', () => undefined); // `connect` rejects with the same error
  try {
    await client.connect();
    return await withDeadline(work(client), CHECK_MS);
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** Asks the one server, the master, or the first node of the cluster that answers. Rejects where none does. */
export async function askNode(config: RedisConfig): Promise<NodeReport> {
  const { credentials: ask, tls } = accessTo(config);
  const credentials = await ask();
  const about = async (client: Client) => ({ info: await infoOf(client), advice: await kindOf(config, client) });
  if (config.kind === 'single') {
    return withNode({ url: withoutAccess(config.url), ...credentials, socket: tls }, about);
  }
  const socketOf = ({ host, port }: RedisNode) => ({ host, port, ...tls });
  if (config.kind === 'cluster') {
    return anyOf(config.nodes, (node) =>
      withNode({ socket: socketOf(node), ...credentials }, async (client) => {
        await client.clusterSlots();
        return about(client);
      }),
    );
  }
  const { master, database } = config;
  const node = await anyOf(config.sentinels, (sentinel) =>
    withNode({ socket: socketOf(sentinel) }, async (client) => {
      const found = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
      if (!Array.isArray(found)) throw new Error(`the sentinels know no master ${master}`);
      return { host: String(found[0]), port: Number(found[1]) };
    }),
  );
  return withNode({ socket: socketOf(node), ...credentials, database }, about);
}

/** The first answer that succeeds; if none does, the error of the first node. */
async function anyOf<T>(nodes: readonly RedisNode[], ask: (node: RedisNode) => Promise<T>): Promise<T> {
  try {
    return await Promise.any(nodes.map(ask));
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}

async function infoOf(client: Client): Promise<NodeReport['info']> {
  await client.ping();
  try {
    const lines = String(await client.info()).split(/\r?\n/);
    return new Map(lines.map((line) => line.split(/:(.*)/s) as [string, string]));
  } catch (error) {
    if (/NOPERM|unknown command/i.test((error as Error).message)) return undefined;
    throw error;
  }
}

async function kindOf(config: RedisConfig, client: Client): Promise<Advice | undefined> {
  return adviceForMode(config, await modeOf(client as never).catch(() => ''));
}
