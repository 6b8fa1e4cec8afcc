import type { RedisConfig } from '../gatehouse/config/redis-config.ts';
import { withDeadline } from '../gatehouse/platform/deadline.ts';
import { silent } from '../gatehouse/platform/logger.ts';
import { connectRedis, pingRedis, RedisUnavailableError } from '../gatehouse/platform/redis.ts';
import { adviceForError, hostOf } from '../gatehouse/platform/redis-advice.ts';
import { retried } from '../gatehouse/platform/retry.ts';
import { type Check, CHECK_MS, check, failed, type Finding, ok, skipped, type Trouble, warning } from './check.ts';
import { explainNetwork } from './network.ts';
import { askNode, type NodeReport } from './redis-node.ts';
import { isRefusal, tryRedis } from './redis-trial.ts';

const OLDEST = 6;
const FULL = 0.8;

type Info = NodeReport['info'];

/** Whether Redis accepts sessions and keeps them. Leaves nothing in it. */
export async function redisChecks(config: RedisConfig | undefined): Promise<Check[]> {
  if (!config) return [{ name: 'redis', ...skipped('not used: without REDIS_URL sessions live in a cookie') }];
  try {
    const { info, advice } = await withDeadline(askNode(config), CHECK_MS);
    const writes = await check(
      'redis writes',
      () => write(config),
      (error) => cannotWrite(config, error),
    );
    // A cluster of one node takes all keys, so the app may work even if `REDIS_URL` names another kind.
    const misnamed = writes.status === 'ok' ? warning : failed;
    return [
      { name: 'redis', ...(advice ? misnamed(advice.problem, sentence(advice.remedy)) : version(info)) },
      writes,
      { name: 'redis eviction', ...eviction(info) },
      { name: 'redis persistence', ...persistence(info) },
      { name: 'redis memory', ...memory(info) },
    ];
  } catch (error) {
    const { message, mend } = explainRedis(config, error);
    return [{ name: 'redis', ...failed(message, mend) }];
  }
}

/** Does what the app does, with the app's own client, which gets a moment to connect. */
async function write(config: RedisConfig): Promise<Finding> {
  const redis = connectRedis(config, silent);
  const pauseFor = (error: unknown) =>
    error instanceof RedisUnavailableError && /^(NO_ANSWER|NOT_CONNECTED)$/.test(error.reason) ? 'backoff' : undefined;
  try {
    // A refusal (NOPERM) does not matter yet: `tryRedis` finds out what this user may do.
    await retried(() => pingRedis(redis), { deadlineMs: CHECK_MS / 2, pauseFor }).catch(unlessRefused);
    const [first, ...more] = await tryRedis(redis);
    if (!first) return ok('the app can do all that it needs');
    return cannotWrite(config, first, more);
  } finally {
    redis.destroy();
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof RedisUnavailableError) || error.reason !== 'NOPERM') throw error;
}

const WRITE_MENDS: Readonly<Record<string, string>> = {
  OOM: 'It is full: raise maxmemory to twice what your sessions take, at 5 kB each.',
  READONLY: 'It is a replica: name the master in REDIS_URL, or the sentinels.',
  NOPERM: 'Give its user the rights in docs/redis.md, in one line: ACL SETUSER ….',
  MISCONF: 'It cannot save to its disk: look at its log.',
  CLUSTERDOWN: 'Mend the cluster: redis-cli --cluster check says what is missing.',
};

function cannotWrite(config: RedisConfig, error: unknown, more: readonly RedisUnavailableError[] = []): Finding {
  const known = error instanceof RedisUnavailableError ? error : undefined;
  const reason = known && isRefusal(known) ? 'NOPERM' : (known?.reason ?? '');
  const causes = [error, ...more].map((each) => (((each as Error).cause ?? each) as Error).message);
  const advice = adviceForError(config, (error as Error).cause ?? error);
  const mend = advice ? sentence(advice.remedy) : WRITE_MENDS[reason];
  return failed(
    `the app cannot work with it: ${refusals(causes).join('; ')}`,
    mend ?? 'Look at the log of Redis; every node has to be reachable from here.',
  );
}

/** Each message once; for commands that the user may not use, only their names. */
function refusals(messages: readonly string[]): string[] {
  const commands = messages.flatMap((message) => /^NOPERM.*'([^']+)' command/.exec(message)?.[1] ?? []);
  const others = messages
    .filter((message) => !/^NOPERM.*' command/.test(message))
    .map((message) => message.replace(/ script: \w+, on @user_script.*$/, ''));
  const denied = [...new Set(commands)].join(', ');
  return [...(denied ? [`its user may not use ${denied} (NOPERM)`] : []), ...new Set(others)];
}

const sentence = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function explainRedis(config: RedisConfig, error: unknown): Trouble {
  const { message } = error as Error;
  const advice = adviceForError(config, error);
  if (advice) return { message: advice.problem, mend: sentence(advice.remedy) };
  if (/WRONGPASS|NOAUTH|AUTH.*without any password|invalid password/i.test(message)) {
    const url = 'Correct user and password in REDIS_URL; @, :, / and % are written %40, %3A, %2F and %25.';
    const mend = config.passwordFile ? 'Correct the user in REDIS_URL, or what is in REDIS_PASSWORD_FILE.' : url;
    return { message: 'Redis does not accept this user and password', mend };
  }
  if (/no master/.test(message)) return { message, mend: 'Correct the name after the last host in REDIS_URL.' };
  if (/^[A-Z]+ /.test(message)) {
    return { message: `Redis refuses: ${message}`, mend: 'Correct REDIS_URL or Redis accordingly.' };
  }
  const [node] = config.kind === 'sentinel' ? config.sentinels : config.kind === 'cluster' ? config.nodes : [];
  const url = config.kind === 'single' ? config.url : `redis://${node ? hostOf(node) : ''}`;
  // Only the host of the URL appears in the message.
  return explainNetwork(error, url, 'REDIS_URL');
}

const NOT_TOLD = skipped('unknown: this user may not ask for INFO');

function version(info: Info): Finding {
  const found = info?.get('redis_version');
  if (found === undefined) return ok('answers; its version is unknown');
  if (Number.parseInt(found, 10) >= OLDEST) return ok(`answers, version ${found}`);
  return failed(`Redis ${found} is too old`, `Install Redis ${OLDEST} or newer.`);
}

function eviction(info: Info): Finding {
  const policy = info?.get('maxmemory_policy');
  if (policy === undefined) return NOT_TOLD;
  if (policy === 'noeviction') return ok('noeviction: nobody is signed out for lack of memory');
  const mend = 'Set maxmemory-policy noeviction, and watch the memory (docs/redis.md).';
  return warning(`${policy}: a full Redis signs people out, or forgets that they were`, mend);
}

function persistence(info: Info): Finding {
  if (!info) return NOT_TOLD;
  if (info.get('aof_enabled') === '1') return ok('appendonly: a restart keeps everybody signed in');
  const mend = 'Set appendonly yes if a restart must not sign anybody out.';
  return warning('appendonly is off: a restart signs out everybody, or those since the last snapshot', mend);
}

function memory(info: Info): Finding {
  const [used, limit] = [Number(info?.get('used_memory')), Number(info?.get('maxmemory'))];
  if (Number.isNaN(used) || Number.isNaN(limit)) return NOT_TOLD;
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  if (limit === 0) return ok(`${megabytes(used)} used, no limit set`);
  const message = `${megabytes(used)} of ${megabytes(limit)} used`;
  return used < limit * FULL ? ok(message) : warning(message, 'Raise maxmemory, before logins are refused.');
}
