/** Time that has passed, in words. Pure. */

/** "12 s", "3 min", "2 h": rounded down. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

export function agoText(durationMs: number): string {
  return `${durationText(durationMs)} ago`;
}
