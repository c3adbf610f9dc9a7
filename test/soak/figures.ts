/** Jain's fairness index: 1 when all have the same, 1/n when one has everything. 1 for none. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

export interface Point {
  /** Minutes. */
  readonly at: number;
  readonly value: number;
}

/**
 * How much the value grows in ten minutes: the median of the slopes between all pairs of points (Theil and Sen), which a leak moves and one step or a
 * peak does not. 0 for fewer than two points.
 */
export function growthPerTenMinutes(points: readonly Point[]): number {
  const slopes = points.flatMap((from, index) =>
    points.slice(index + 1).flatMap((to) => (to.at === from.at ? [] : [(to.value - from.value) / (to.at - from.at)])),
  );
  return 10 * median(slopes);
}

/** 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
