import type { Answers } from './answers.ts';
import { compare, inTurn } from './compare.ts';
import type { ContestantName } from './contestants.ts';
import { loadView } from './load.ts';
import { measureLogins } from './logins.ts';
import { progress } from './progress.ts';
import { CONTESTANTS, type Latency, type Plan } from './results.ts';
import type { SignedIn } from './sign-in.ts';
import type { Stage } from './stage.ts';
import { quantile } from './statistics.ts';
import type { View, ViewKind } from './views.ts';

/** What every measurement needs. */
export interface Bench {
  readonly stage: Stage;
  readonly signedIn: SignedIn;
  readonly views: Readonly<Record<ViewKind, View>>;
  readonly plan: Plan;
  readonly answers: Answers;
}

/** Requests every view until the code is compiled, and measures nothing. */
export async function warmUp(bench: Bench, kinds: readonly ViewKind[], windowMs: number): Promise<void> {
  const { plan, answers, stage, views } = bench;
  for (const kind of kinds) {
    for (const name of CONTESTANTS) {
      await loadView(stage.contestants[name], views[kind], {
        ...{ connections: plan.connections, windowMs, answers },
      });
    }
  }
}

/** Measures the CPU time of these views for each contestant, in cycles. */
export async function measureViews<K extends ViewKind>(bench: Bench, kinds: readonly K[]) {
  const { plan, answers, stage, views } = bench;
  const samples = new Map(kinds.map((kind) => [kind, emptySamples()]));
  for (let cycle = 0; cycle < plan.cycles; cycle += 1) {
    const words: string[] = [];
    for (const [kind, of] of samples) {
      for (const name of inTurn(CONTESTANTS, cycle)) {
        const window = await loadView(stage.contestants[name], views[kind], { ...plan, answers });
        of[name].push(window.microseconds);
      }
      const ratios = compare(of, 'bare').ours.ratio;
      words.push(`${kind} ${ratios.median.toFixed(2)}`);
    }
    progress(`cycle ${cycle + 1} of ${plan.cycles}: ours so far ${words.join(', ')} × bare`);
  }
  const entries = [...samples].map(([kind, of]) => [kind, compare(of, 'bare')]);
  return Object.fromEntries(entries) as Record<K, ReturnType<typeof compare<ContestantName>>>;
}

const emptySamples = (): Record<ContestantName, number[]> => ({ bare: [], ours: [], sdk: [] });

/** Measures the CPU time of a login. Each window begins with an empty Redis, so that no earlier session lives on. */
export async function measureLoginCycles({ stage, signedIn, plan, answers }: Bench) {
  const samples: Record<'ours' | 'sdk', number[]> = { ours: [], sdk: [] };
  for (let cycle = -1; cycle < plan.cycles; cycle += 1) {
    for (const name of inTurn(['ours', 'sdk'] as const, cycle + 1)) {
      await stage.redis.flushDb();
      const microseconds = await measureLogins(stage.contestants[name], {
        ...{ userName: signedIn.userName, providerCookie: signedIn.providerCookies[name] },
        ...{ windowMs: plan.windowMs, answers },
      });
      // The first cycle warms up.
      if (cycle >= 0) samples[name].push(microseconds);
    }
    if (cycle < 0) continue;
    const { median } = compare(samples, 'sdk').ours.ratio;
    progress(`logins, cycle ${cycle + 1} of ${plan.cycles}: ours so far ${median.toFixed(2)} × the SDK`);
  }
  return compare(samples, 'sdk');
}

/** Measures how long JSON `/profile` takes at each number of connections. */
export async function measureLatency({ stage, views, plan, answers }: Bench): Promise<Latency[]> {
  const latencies: Latency[] = [];
  for (const connections of plan.latencyConnections) {
    for (const contestant of CONTESTANTS) {
      const { windowMs } = plan;
      const load = { connections, windowMs, answers };
      const { latenciesMs, perSecond } = await loadView(stage.contestants[contestant], views.json, load);
      latencies.push({
        ...{ contestant, connections, perSecond },
        p50Ms: quantile(latenciesMs, 0.5),
        p99Ms: quantile(latenciesMs, 0.99),
      });
    }
    progress(`latency at ${connections} connections`);
  }
  return latencies;
}
