/** What was measured of the board, as a table. Pure. */

export interface Figures {
  /** Keys of the writers that reached the server, and frames that it sent them. */
  readonly updatesPerS: number;
  readonly framesPerS: number;
  readonly fps: number;
  readonly frameMsP95: number;
  /** CPU time of the tab's main thread. */
  readonly mainMsPerS: number;
  readonly mainMsPerFrame: number;
  /** Tasks of more than 50 ms. */
  readonly longTasks: number;
  readonly keyMsP50: number;
  readonly keyMsP95: number;
}

const ROWS: readonly (readonly [string, (figures: Figures) => string])[] = [
  ["Messages, /s (keys of the writers + frames to them)", (f) => `${f.updatesPerS.toFixed(0)} + ${f.framesPerS.toFixed(0)}`],
  ["Main thread, ms of CPU a frame", (f) => f.mainMsPerFrame.toFixed(1)],
  ["Main thread, ms of CPU a second", (f) => f.mainMsPerS.toFixed(0)],
  ["Frames, /s", (f) => f.fps.toFixed(1)],
  ["From frame to frame, p95, ms", (f) => f.frameMsP95.toFixed(1)],
  ["Tasks of more than 50 ms", (f) => String(f.longTasks)],
  ["Key to frame, p50 / p95, ms", (f) => `${f.keyMsP50.toFixed(0)} / ${f.keyMsP95.toFixed(0)}`],
];

export function rowsOf({ closed, open }: { readonly closed: Figures; readonly open: Figures }): string[] {
  return [
    "| | panel closed | panel open |",
    "|---|--:|--:|",
    ...ROWS.map(([name, text]) => `| ${name} | ${text(closed)} | ${text(open)} |`),
  ];
}

/** The value below which `part` of the values are; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
