/** Spans of time in words, for panels that a first note does not load. Pure. */

/** A span to its two largest units, rounded: "40 ms", "5.8 s", "5 min", "1 h 2 min". */
export function spanText(spanMs: number): string {
  const ms = Math.round(spanMs);
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 59_950) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const [major, minor] = seconds < 3_600 ? [60, 1] : [3_600, 60];
  const rest = Math.floor((seconds % major) / minor);
  const [whole, part] = major === 60 ? ["min", "s"] : ["h", "min"];
  return `${Math.floor(seconds / major)} ${whole}${rest === 0 ? "" : ` ${rest} ${part}`}`;
}
