import { pairedRatios, type Summary, summarize } from './statistics.ts';

/** CPU time of one kind of request: in µs, and as a multiple of the unit's in the same cycle. */
export interface Comparison {
  readonly microseconds: Summary;
  readonly ratio: Summary;
  /** One number for each cycle, in µs. */
  readonly samples: readonly number[];
}

/** Puts the names into another order each cycle, so that none always comes after the same other one. */
export function inTurn<N>(names: readonly N[], cycle: number): N[] {
  const first = cycle % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}

/** Compares every contestant with `unit`, cycle by cycle. */
export function compare<N extends string>(
  samples: Readonly<Record<N, readonly number[]>>,
  unit: NoInfer<N>,
): Record<N, Comparison> {
  const entries = Object.entries<readonly number[]>(samples).map(([name, values]) => [
    name,
    {
      microseconds: summarize(values),
      ratio: summarize(pairedRatios(values, samples[unit])),
      samples: values,
    },
  ]);
  return Object.fromEntries(entries) as Record<N, Comparison>;
}
