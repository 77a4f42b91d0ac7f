/** The anomalies that a run was found to have, in words, and as marks on its timeline. Pure. */

import type { AnomalyState, Flag } from "./anomaly-watch.ts";
import { timeText } from "./lab-words.ts";

/** How far the run has been looked at, and with what result. */
export function anomalySummary(
  flags: readonly Flag[],
  { lookedMs, isLooking, unlooked }: Pick<AnomalyState, "lookedMs" | "isLooking" | "unlooked">,
): string {
  const counted = flags.length === 0 ? "No anomaly" : flags.length === 1 ? "1 anomaly" : `${flags.length} anomalies`;
  const found =
    lookedMs === null
      ? "Whenever everything has come to rest, what was typed since is looked at for anomalies."
      : `${counted} up to ${timeText(lookedMs)}.`;
  const left =
    unlooked === 0
      ? ""
      : ` ${unlooked === 1 ? "1 stretch was" : `${unlooked} stretches were`} not looked at: too long, or other texts came out when played again.`;
  return `${found}${left}${isLooking ? " Looking at what came since …" : ""}`;
}

/** For a live region; empty where nothing was found. */
export function anomalyNews(flags: readonly Flag[]): string {
  const latest = flags.reduce<Flag | null>((last, flag) => (last === null || flag.key > last.key ? flag : last), null);
  if (latest === null) return "";
  return `${flags.length === 1 ? "1 anomaly" : `${flags.length} anomalies`} so far, the last one found: ${latest.anomaly.kind}.`;
}

/** Flags that lie so near to each other on the timeline that they share a mark. */
export interface FlagMark {
  readonly atMs: number;
  readonly flags: readonly Flag[];
}

/** So many marks have room beside each other on the narrowest screen. */
const MARKS_MAX = 12;

/** `flags` in order of time. Cost: linear in them. */
export function flagMarks(flags: readonly Flag[], untilMs: number): FlagMark[] {
  const marks: { readonly atMs: number; readonly flags: Flag[] }[] = [];
  for (const flag of flags) {
    const last = marks.at(-1);
    if (last === undefined || flag.atMs - last.atMs > untilMs / MARKS_MAX) marks.push({ atMs: flag.atMs, flags: [flag] });
    else last.flags.push(flag);
  }
  return marks;
}

/** "lost insert at 3.1 s", "2 anomalies from 3.1 s on: lost insert, order flip". */
export function markTitle({ atMs, flags }: FlagMark): string {
  const kinds = [...new Set(flags.map(({ anomaly }) => anomaly.kind))].join(", ");
  return flags.length === 1 ? `${kinds} at ${timeText(atMs)}` : `${flags.length} anomalies from ${timeText(atMs)} on: ${kinds}`;
}
