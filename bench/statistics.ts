/** Where the middle half of some numbers lies. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/** The value below which `share` (0 to 1) of `values` lie, interpolated between neighbours. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('no values');
  return below + (above - below) * (position - Math.floor(position));
}

/** Median and quartiles of `values`. */
export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
  };
}

/** Ratios of values measured in the same cycle: whatever slows the machine for a while slows both. */
export function pairedRatios(values: readonly number[], units: readonly number[]): number[] {
  if (values.length !== units.length) throw new RangeError('not measured in pairs');
  return values.map((value, cycle) => value / (units[cycle] ?? Number.NaN));
}
