import { cpus } from 'node:os';
import type { Comparison } from './compare.ts';
import type { ContestantName } from './contestants.ts';
import type { RedisCost } from './redis-cost.ts';
import type { SessionSize } from './session-size.ts';
import type { ViewKind } from './views.ts';

export const CONTESTANTS: readonly ContestantName[] = ['bare', 'ours', 'sdk'];

/** How long and how often the benchmark measures. */
export interface Plan {
  readonly windowMs: number;
  readonly cycles: number;
  readonly connections: number;
  /** The numbers of connections at which it measures latency. */
  readonly latencyConnections: readonly number[];
}

/** How long answers take at some number of connections. */
export interface Latency {
  readonly contestant: ContestantName;
  readonly connections: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** What the JSON file holds. */
export interface Results {
  readonly takenAt: string;
  readonly machine: string;
  readonly plan: Plan;
  /** The unit is `bare`. */
  readonly views: Readonly<Record<ViewKind, Readonly<Record<ContestantName, Comparison>>>>;
  /** `bare` has no login: the unit is `sdk`. */
  readonly login: Readonly<Record<'ours' | 'sdk', Comparison>>;
  readonly redisPerView: Readonly<Record<ContestantName, RedisCost>>;
  readonly session: Readonly<Record<ContestantName, SessionSize>>;
  readonly latency: readonly Latency[];
  /** Resident memory at the end of the run. */
  readonly rssBytes: Readonly<Record<ContestantName, number>>;
  readonly answers: { readonly checked: number; readonly wrong: number };
}

/** Describes this machine in words. */
export function describeMachine(): string {
  const [first, ...others] = cpus();
  return `${1 + others.length} × ${first?.model.trim() ?? 'unknown processor'}, ${process.platform}, Node.js ${process.versions.node}`;
}

/** Makes one value for each contestant, one after the other. */
export async function forEachContestant<T>(
  make: (name: ContestantName) => T | Promise<T>,
): Promise<Record<ContestantName, T>> {
  return { bare: await make('bare'), ours: await make('ours'), sdk: await make('sdk') };
}
