import type { Comparison } from './compare.ts';
import type { ContestantName } from './contestants.ts';
import { type Bench, measureLatency, measureViews, warmUp } from './measure.ts';
import { progress } from './progress.ts';
import { measureRedisCost, type RedisCost } from './redis-cost.ts';
import { CONTESTANTS, describeMachine, type Latency, type Plan } from './results.ts';
import { copySession } from './session-size.ts';
import { table, whole } from './table.ts';

/** What JSON `/profile` costs with this many keys in Redis. */
interface Filling {
  readonly keys: number;
  readonly usedMemoryBytes: number;
  readonly json: Readonly<Record<ContestantName, Comparison>>;
  readonly latency: readonly Latency[];
  readonly redisPerView: RedisCost;
}

/** The same view against an empty and a full Redis. */
export interface SessionsResults {
  readonly takenAt: string;
  readonly machine: string;
  readonly plan: Plan;
  readonly sessions: number;
  readonly empty: Filling;
  readonly full: Filling;
}

/** Measures with the one session of each contestant, then with `count` more of ours beside them. */
export async function compareWithSessions(bench: Bench, count: number, warmUpMs: number): Promise<SessionsResults> {
  const { stage, signedIn, plan } = bench;
  await warmUp(bench, ['json'], warmUpMs);
  progress('an empty Redis');
  const empty = await measureFilling(bench);
  const [key = ''] = signedIn.sessions.ours.keys;
  const gigabytes = (count * signedIn.sessions.ours.bytes) / 1e9;
  progress(`fills Redis with ${whole(count)} copies of ${key}: about ${gigabytes.toFixed(1)} GB of memory`);
  let told = 0;
  await copySession(stage.redis, key, count, (done) => {
    const tenths = Math.floor((10 * done) / count);
    if (tenths > told) progress(`${whole(done)} sessions`);
    told = tenths;
  });
  const full = await measureFilling(bench);
  return {
    takenAt: new Date().toISOString(),
    machine: describeMachine(),
    plan,
    sessions: count,
    empty,
    full,
  };
}

async function measureFilling(bench: Bench): Promise<Filling> {
  const { stage, views, answers } = bench;
  const { json } = await measureViews(bench, ['json']);
  return {
    json,
    latency: await measureLatency(bench),
    redisPerView: await measureRedisCost(stage.redis, stage.contestants.ours, views.json, answers),
    keys: await stage.redis.dbSize(),
    usedMemoryBytes: Number(/^used_memory:(\d+)/m.exec(await stage.redis.info('memory'))?.[1]),
  };
}

/** Formats the result for a terminal. */
export function reportSessions({ sessions, machine, plan, empty, full }: SessionsResults): string {
  const atMost = Math.max(...plan.latencyConnections);
  const row = (what: string, of: (filling: Filling) => number, digits: number, isRatio = true) => {
    const [before, after] = [of(empty), of(full)];
    return [what, before.toFixed(digits), after.toFixed(digits), isRatio ? (after / before).toFixed(2) : ''];
  };
  const latencyRows = full.latency.flatMap(({ contestant, connections }, at) => [
    ...(['p50Ms', 'p99Ms'] as const).map((kind) =>
      row(
        `${contestant} ${kind.slice(0, 3)} ms, ${connections} connections`,
        ({ latency }) => latency[at]?.[kind] ?? 0,
        2,
      ),
    ),
  ]);
  return [
    '',
    `JSON /profile with nobody else signed in, and with ${whole(sessions)} sessions in Redis; ${machine}`,
    `${plan.cycles} cycles of ${plan.windowMs / 1000} s, up to ${atMost} connections`,
    '',
    table([
      ['', 'empty', 'full', 'full ÷ empty'],
      ...(['ours', 'sdk'] as const).map((name) => row(`${name} × bare`, ({ json }) => json[name].ratio.median, 2)),
      ...CONTESTANTS.map((name) => row(`${name} µs`, ({ json }) => json[name].microseconds.median, 0)),
      ...latencyRows,
      row('Redis commands a view of ours', ({ redisPerView }) => sum(Object.values(redisPerView.commands)), 2),
      row('keys in Redis', ({ keys }) => keys, 0, false),
      row('memory of Redis, MB', ({ usedMemoryBytes }) => usedMemoryBytes / 1e6, 1, false),
    ]),
    '',
  ].join('\n');
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
