import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createClient, type RedisClientOptions } from 'redis';
import type { RedisConfig, RedisNode } from '../gatehouse/config/redis-config.ts';
import { withDeadline } from '../gatehouse/platform/deadline.ts';
import { connectRedis, RedisUnavailableError } from '../gatehouse/platform/redis.ts';
import { retried } from '../gatehouse/platform/retry.ts';
import { type Check, CHECK_MS, check, failed, type Finding, ok, skipped, type Trouble, warning } from './check.ts';
import { explainNetwork } from './network.ts';

const OLDEST = 6;
const FULL = 0.8;

/** What `INFO` says, by name; undefined: this user may not ask. */
type Info = ReadonlyMap<string, string> | undefined;

/** Whether Redis takes sessions, and keeps them. Nothing is left in it. */
export async function redisChecks(config: RedisConfig | undefined): Promise<Check[]> {
  if (!config) return [{ name: 'redis', ...skipped('not used: without REDIS_URL sessions live in a cookie') }];
  try {
    const info = await withDeadline(askInfo(config), CHECK_MS);
    return [
      { name: 'redis', ...version(info) },
      await check('redis writes', () => write(config), cannotWrite),
      { name: 'redis eviction', ...eviction(info) },
      { name: 'redis persistence', ...persistence(info) },
      { name: 'redis memory', ...memory(info) },
    ];
  } catch (error) {
    const { message, mend } = explainRedis(config, error);
    return [{ name: 'redis', ...failed(message, mend) }];
  }
}

type Client = ReturnType<typeof createClient>;

/** A plain client for one node, for what has no place in the app's own: `INFO` is about one server. */
async function withNode<T>(options: RedisClientOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const socket = { connectTimeout: CHECK_MS, reconnectStrategy: false as const, ...options.socket };
  const client = createClient({ ...options, socket }) as Client;
  client.on('error', () => undefined); // the same that `connect` rejects with
  try {
    await client.connect();
    return await withDeadline(work(client), CHECK_MS);
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** `INFO` of the one server, of the master, or of the first node of the cluster that answers. */
async function askInfo(config: RedisConfig): Promise<Info> {
  if (config.kind === 'single') return withNode({ url: config.url }, infoOf);
  const { username, password } = config;
  const access = { ...(username && { username }), ...(password && { password }) };
  const socketOf = ({ host, port }: RedisNode) => ({ host, port, ...(config.tls && { tls: true as const }) });
  if (config.kind === 'cluster') {
    return anyOf(config.nodes, (node) => withNode({ socket: socketOf(node), ...access }, infoOf));
  }
  const { master, database } = config;
  const node = await anyOf(config.sentinels, (sentinel) =>
    withNode({ socket: socketOf(sentinel) }, async (client) => {
      const found = await client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
      if (!Array.isArray(found)) throw new Error(`the sentinels know no master ${master}`);
      return { host: String(found[0]), port: Number(found[1]) };
    }),
  );
  return withNode({ socket: socketOf(node), ...access, database }, infoOf);
}

/** The first that succeeds, or the first one's error. */
async function anyOf<T>(nodes: readonly RedisNode[], ask: (node: RedisNode) => Promise<T>): Promise<T> {
  try {
    return await Promise.any(nodes.map(ask));
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}

async function infoOf(client: Client): Promise<Info> {
  await client.ping();
  try {
    const lines = String(await client.info()).split(/\r?\n/);
    return new Map(lines.map((line) => line.split(/:(.*)/s) as [string, string]));
  } catch (error) {
    if (/NOPERM|unknown command/i.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** Writes as the app does, by its own client, and takes away what it wrote; if it cannot, Redis does soon. */
async function write(config: RedisConfig): Promise<Finding> {
  const redis = connectRedis(config, pino({ level: 'silent' }));
  const key = `gatehouse:doctor:${randomUUID()}`;
  const pauseFor = (error: unknown) =>
    error instanceof RedisUnavailableError && /^NO/.test(error.reason) ? 'backoff' : undefined;
  try {
    await retried(() => redis.set(key, '', { expiration: { type: 'PX', value: CHECK_MS } }), {
      deadlineMs: CHECK_MS / 2,
      pauseFor,
    });
    await retried(() => redis.del([key]), { deadlineMs: CHECK_MS / 4, pauseFor });
    return ok('a key can be written and deleted');
  } finally {
    redis.destroy();
  }
}

const WRITE_MENDS: Readonly<Record<string, string>> = {
  OOM: 'It is full: raise maxmemory, four kB a session and some to spare.',
  READONLY: 'It is a replica: name the master in REDIS_URL, or the sentinels.',
  NOPERM: 'Allow its user ~gatehouse:* and the commands of strings, sorted sets and scripts (docs/redis.md).',
  MISCONF: 'It cannot save to its disk: look at its log.',
  CLUSTERDOWN: 'Mend the cluster: redis-cli --cluster check says what is missing.',
};

function cannotWrite(error: unknown): Finding {
  const { reason = '', cause } = error as Partial<RedisUnavailableError>;
  const { message } = (cause ?? error) as Error;
  const mend = WRITE_MENDS[reason] ?? 'Look at the log of Redis; every node has to be reached from here.';
  return failed(`sessions cannot be written: ${message}`, mend);
}

function explainRedis(config: RedisConfig, error: unknown): Trouble {
  const { message } = error as Error;
  if (/WRONGPASS|NOAUTH|AUTH.*without any password|invalid password/i.test(message)) {
    const mend = 'Correct user and password in REDIS_URL; @, :, / and % are written %40, %3A, %2F and %25.';
    return { message: 'Redis does not accept this user and password', mend };
  }
  if (/no master/.test(message)) return { message, mend: 'Correct the name after the last host in REDIS_URL.' };
  if (/^[A-Z]+ /.test(message)) {
    return { message: `Redis refuses: ${message}`, mend: 'Correct REDIS_URL or Redis by what it says.' };
  }
  const [node] = config.kind === 'sentinel' ? config.sentinels : config.kind === 'cluster' ? config.nodes : [];
  const url = config.kind === 'single' ? config.url : `redis://${node?.host ?? ''}:${node?.port ?? ''}`;
  // Only the host of the URL gets into words.
  return explainNetwork(error, url, 'REDIS_URL');
}

const NOT_TOLD = skipped('cannot be told: this user may not ask for INFO');

function version(info: Info): Finding {
  const found = info?.get('redis_version');
  if (found === undefined) return ok('answers; its version cannot be told');
  if (Number.parseInt(found, 10) >= OLDEST) return ok(`answers, version ${found}`);
  return failed(`Redis ${found} is too old`, `Install Redis ${OLDEST} or newer.`);
}

function eviction(info: Info): Finding {
  const policy = info?.get('maxmemory_policy');
  if (policy === undefined) return NOT_TOLD;
  if (policy === 'noeviction') return ok('noeviction: nobody is signed out for want of memory');
  const mend = 'Set maxmemory-policy noeviction, and watch the memory (docs/redis.md).';
  return warning(`${policy}: a full Redis signs people out, or forgets that they were`, mend);
}

function persistence(info: Info): Finding {
  if (!info) return NOT_TOLD;
  if (info.get('aof_enabled') === '1') return ok('appendonly: a restart keeps everybody signed in');
  const mend = 'Set appendonly yes where a restart shall sign nobody out.';
  return warning('appendonly is off: a restart signs out all, or those since the last snapshot', mend);
}

function memory(info: Info): Finding {
  const [used, limit] = [Number(info?.get('used_memory')), Number(info?.get('maxmemory'))];
  if (Number.isNaN(used) || Number.isNaN(limit)) return NOT_TOLD;
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  if (limit === 0) return ok(`${megabytes(used)} used, no limit set`);
  const message = `${megabytes(used)} of ${megabytes(limit)} used`;
  return used < limit * FULL ? ok(message) : warning(message, 'Raise maxmemory, before logins are refused.');
}
