/** The times to agree after heals, as a sentence and as bars. Pure. */

import type { HealRecord } from "./heal-watch.ts";

export const CHART_WIDTH = 320;
export const CHART_HEIGHT = 72;
const GAP = 3;
const BAR_WIDTH_MAX = 28;
/** Bars shown; older ones are in the table. */
export const BARS_MAX = 20;
/** A bar is never less than this high, so that a quick one is seen. */
const BAR_HEIGHT_MIN = 2;

export interface HealBar {
  readonly heal: HealRecord;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Tabs are told at most this often, so nothing shorter can be measured. */
const RESOLUTION_MS = 50;

/** "0.84 s", or that it was less than can be measured. */
export function secondsText(ms: number): string {
  return ms < RESOLUTION_MS ? `less than ${RESOLUTION_MS / 1_000} s` : `${(ms / 1_000).toFixed(2)} s`;
}

/** The last one and, of several, the median and the longest; null while there is none. */
export function healSentence(heals: readonly HealRecord[]): string | null {
  const last = heals.at(-1);
  if (last === undefined) return null;
  const latest = `All agreed ${secondsText(last.agreedAfterMs)} after the last heal`;
  if (heals.length === 1) return `${latest}.`;
  const sorted = heals.map(({ agreedAfterMs }) => agreedAfterMs).toSorted((a, b) => a - b);
  return `${latest}; median of ${heals.length}: ${secondsText(medianOf(sorted))}, longest ${secondsText(sorted.at(-1)!)}.`;
}

/** The last `BARS_MAX` heals, oldest on the left, as high as they took long: the longest fills the chart. */
export function healBars(heals: readonly HealRecord[]): HealBar[] {
  const shown = heals.slice(-BARS_MAX);
  const longest = Math.max(1, ...shown.map(({ agreedAfterMs }) => agreedAfterMs));
  const width = Math.min(BAR_WIDTH_MAX, (CHART_WIDTH - GAP * (shown.length - 1)) / shown.length);
  return shown.map((heal, n) => {
    const height = Math.max(BAR_HEIGHT_MIN, (CHART_HEIGHT * heal.agreedAfterMs) / longest);
    return { heal, x: n * (width + GAP), y: CHART_HEIGHT - height, width, height };
  });
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
