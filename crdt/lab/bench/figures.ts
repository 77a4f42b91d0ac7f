/** From repetitions to what is shown of them. */

export interface Figure {
  readonly median: number;
  /** The smallest value that at least 95 % of the repetitions do not exceed: of fewer than 20, the largest. */
  readonly p95: number;
  readonly min: number;
  readonly max: number;
  readonly repetitions: number;
}

/** @throws RangeError for no values. */
export function figureOf(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("No values, so no median");
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? min, sorted[sorted.length >> 1] ?? max];
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? max;
  return { median: (low + high) / 2, p95, min, max, repetitions: sorted.length };
}

/** Of an even number, the mean of the two in the middle. @throws RangeError for no values. */
export function median(values: readonly number[]): number {
  return figureOf(values).median;
}
