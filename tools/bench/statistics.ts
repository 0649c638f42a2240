export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)] ?? NaN, sorted[middle] ?? NaN];
  return (low + high) / 2;
}

/** The first as a multiple of the second. */
export function ratio(first: number, second: number): string {
  return second === 0 ? '–' : `× ${(first / second).toFixed(2)}`;
}
