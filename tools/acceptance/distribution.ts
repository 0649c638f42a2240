/** A summary of samples. Percentiles are samples themselves (nearest rank). */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** @returns undefined without samples. */
export function distributionOf(samples: readonly number[]): Distribution | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const percentile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? min;
  return { count: sorted.length, min, median: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), max };
}
