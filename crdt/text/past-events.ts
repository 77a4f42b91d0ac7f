/** A past version as a document of its own: the events up to it, taken out of a log. */

import { type EventLog, INSERT } from "./event-log.ts";
import type { TextState } from "./text-state.ts";

/** Adds to `past`, which is empty but for the same cut, the events `tips`, ascending, and all before them. Cost: a replay. */
export function addPast(log: EventLog, tips: readonly number[], past: TextState): void {
  const ranges = log.diff(tips, log.firstLv > 0 ? [log.firstLv - 1] : []).onlyA.slice();
  // LVs move up where something between was left out.
  const moved = (lv: number): number => past.log.lvOf(log.idOf(lv).agent, log.seqAt(lv));
  for (let n = ranges.length - 2; n >= 0; n -= 2) {
    const end = ranges[n + 1]!;
    for (let lv = ranges[n]!; lv < end;) {
      const to = log.runEnd(lv, end);
      const parents = log
        .parentsOf(lv)
        .map(moved)
        .sort((a, b) => a - b);
      const text = log.kindAt(lv) === INSERT ? log.textAt(lv, to) : "";
      past.add(past.log.agentIndexOf(log.idOf(lv).agent), parents, log.kindAt(lv), log.positionAt(lv), to - lv, text, null);
      lv = to;
    }
  }
}
