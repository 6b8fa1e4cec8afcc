import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConfig } from '../config/redis-config.ts';
import { withDeadline } from './deadline.ts';
import type { Observe } from './events.ts';
import type { Logger } from './logger.ts';
import { watchName } from './name-watch.ts';
import { adviceForError, adviceForMode } from './redis-advice.ts';
import { type ClientOptions, type Connectable, createRedisClient, pingsItself } from './redis-client.ts';

/** How long a command may take before it counts as lost. */
export const DEADLINE_MS = 500;
const PROBE_INTERVAL_MS = 500;
/** How many probes go unanswered before a new connection is tried. */
const PROBES_UNTIL_ANEW = 2;
/** How long a new connection is tried; one at a time, and at most one a second. */
const RENEWAL_MS = 3000;
const RENEWAL_PAUSE_MS = 1000;

export interface LinkOptions extends Pick<ClientOptions, 'isUnref' | 'pingMs'> {
  readonly observe: Observe;
}

/**
 * Connects, and looks after the connection: node-redis by itself replaces one that is closed, but waits for ever on a
 * silent one, stays with a server that is no longer master, and its clients for several hosts give up or keep what they
 * found. So a second client is made, which takes over once it answers `ping`.
 */
export function linkRedis<C extends Connectable>(
  config: RedisConfig,
  log: Logger,
  ping: (client: C) => Promise<unknown>,
  { isUnref, pingMs, observe }: LinkOptions,
) {
  let isStopped = false;
  let isAway = false;
  let backAt = Number.NEGATIVE_INFINITY;
  let isProbing = false;
  let movedFrom: C | undefined;
  let renewal: Promise<boolean> | undefined;
  let renewalBegunAt = Number.NEGATIVE_INFINITY;
  const clients = new Set<C>();

  function create(): C {
    // The three clients have the same commands, under types that have nothing in common.
    const isWanted = () => clients.has(made);
    const made: C = createRedisClient(config, { isUnref, pingMs, onMode, isWanted }) as unknown as C;
    clients.add(made);
    // Without a listener the first lost connection would end the process.
    made.on('error', (error) => {
      // A refused ping is an answer, too.
      if (isStopped || made !== client || /^NOPERM.*'ping'/.test(error.message)) return;
      note(true, error);
      void probe();
    });
    return made;
  }

  let isTold = false;
  function onMode(mode: string): void {
    const advice = adviceForMode(config, mode);
    if (advice && !isTold) log.error(advice, 'redis is not what REDIS_URL says');
    isTold = advice !== undefined;
  }

  function discard(old: C): void {
    clients.delete(old);
    if (old.isOpen) old.destroy();
  }

  /** One line in the log when Redis goes and one when it is back, however often we try in between. */
  function note(away: boolean, reason?: unknown): void {
    if (isAway === away) return;
    isAway = away;
    observe({ event: away ? 'store.away' : 'store.back' });
    if (away) {
      log.error({ reason: (reason as Error).message, ...adviceForError(config, reason) }, 'redis is away');
    } else {
      backAt = performance.now();
      log.info({}, 'redis is back');
    }
  }

  /** Tries until Redis answers, on this connection or another. */
  async function probe(): Promise<void> {
    if (isProbing) return;
    isProbing = true;
    for (let probes = 1; !isStopped; probes += 1) {
      await delay(PROBE_INTERVAL_MS, undefined, { ref: false });
      try {
        await withDeadline(ping(client), DEADLINE_MS);
        note(false);
        break;
      } catch (error) {
        if (isStopped) break;
        note(true, error);
        if (!client.isOpen || probes % PROBES_UNTIL_ANEW === 0) void renew(client);
      }
    }
    isProbing = false;
  }

  /** Replaces `asked` by another connection, if one answers. False: none did, or none was tried just now. */
  function renew(asked: C): Promise<boolean> {
    if (isStopped || asked !== client) return Promise.resolve(!isStopped);
    if (!renewal && performance.now() - renewalBegunAt < RENEWAL_PAUSE_MS) return Promise.resolve(false);
    renewal ??= replace().finally(() => (renewal = undefined));
    return renewal;
  }

  async function replace(): Promise<boolean> {
    renewalBegunAt = performance.now();
    const made = create();
    // With several hosts, one of them may fail.
    const refused = new Promise<never>((_, reject) => config.kind === 'single' && made.on('error', reject));
    try {
      await withDeadline(Promise.race([made.connect().then(() => ping(made)), refused]), RENEWAL_MS);
    } catch {
      discard(made);
      return false;
    }
    const old = client;
    client = made;
    if (isStopped) discard(made);
    else note(false);
    // Its pending commands may still be answered.
    setTimeout(() => discard(old), DEADLINE_MS).unref();
    return !isStopped;
  }

  let client = create();
  // A process that has just started waits for its first attempt to end; after that, nothing waits. A failure is noted by
  // the listener of `create`, and the probe tries again.
  const failed = new Promise((_, reject) => client.on('error', reject));
  let firstAttempt: Promise<unknown> | undefined = Promise.race([client.connect(), failed])
    .catch(() => undefined)
    .finally(() => (firstAttempt = undefined));
  void probe();
  const watch = config.kind === 'single' && watchName(new URL(config.url).hostname, () => renew(client));
  const pings = !pingsItself(config, isUnref) && setInterval(() => void probe(), pingMs).unref();

  return {
    client: () => client,
    /** Undefined once the first attempt to connect has ended. */
    firstAttempt: () => firstAttempt,
    /** Until when Redis was away, `performance.now()`; undefined: it is. */
    backAt: () => (isAway ? undefined : backAt),
    isStopped: () => isStopped,
    probe,
    renew,
    /** Redis has moved to a server that may not know all that the old one knew. */
    noteMoved: (from: C) => {
      if (from === movedFrom) return;
      movedFrom = from;
      backAt = performance.now();
      log.info({}, 'redis was read-only: another connection leads to one that is not');
    },
    destroy: () => {
      isStopped = true;
      if (watch) watch.stop();
      if (pings) clearInterval(pings);
      for (const open of clients) discard(open);
    },
  };
}
