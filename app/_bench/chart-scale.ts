/** Where a value stands on an axis. */

export interface Axis {
  /** 0 to 1. null: a logarithmic axis has no place for it. */
  place(value: number): number | null;
  readonly ticks: readonly number[];
}

/** An axis of whole decades that holds all positive `values`. */
export function logAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0);
  const low = positive.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...positive)));
  const high = positive.length === 0 ? 1 : Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  return {
    place: (value) => (value > 0 ? (Math.log10(value) - low) / (high - low) : null),
    ticks: Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n)),
  };
}

/** From 0 to 100. */
export const PERCENT_AXIS: Axis = { place: (value) => value / 100, ticks: [0, 25, 50, 75, 100] };
