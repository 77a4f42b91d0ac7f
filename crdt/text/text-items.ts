/** A document as a lens shows it: every run of units that ever was, whoever took it away. */

import type { ReplicaId } from "../base/ids.ts";
import { INSERT } from "./event-log.ts";
import type { TextState } from "./text-state.ts";
import { PLACE } from "./tracker.ts";
import type { EventId } from "./update-codec.ts";

/** Units of one author that stand together, as they lie in the document. */
export interface TextItem {
  readonly agent: ReplicaId;
  readonly seq: number;
  readonly length: number;
  readonly text: string;
  readonly isDeleted: boolean;
  /** What the first of them was typed behind, and before; null: the border of the document. */
  readonly left: EventId | null;
  readonly right: EventId | null;
  /** The deletions that took the first of them. */
  readonly deletedBy: readonly EventId[];
}

/** In document order, joined where it goes on. Cost: linear, and the first time a replay. */
export function* itemsOf(state: TextState): Generator<TextItem> {
  const { log, cut } = state;
  let open = null as TextItem | null;
  const takers = deletionsOf(state);
  for (const { id, length, isGone, left, right } of state.whole().spans()) {
    for (let at = id; at < id + length;) {
      const isBase = id >= PLACE;
      const to = isBase ? id + length : log.runEnd(at, id + length);
      const { agent, seq } = isBase ? { agent: cut!.last[0], seq: at - PLACE - cut!.text.length } : log.idOf(at);
      const text = isBase ? cut!.text.slice(at - PLACE, to - PLACE) : log.textAt(at, to);
      const before = idAt(state, right);
      const deletedBy = isGone ? takers(at) : [];
      const goesOn: boolean =
        open !== null &&
        open.agent === agent &&
        open.seq + open.length === seq &&
        open.isDeleted === isGone &&
        isSame(open.right, before) &&
        open.deletedBy.length === deletedBy.length &&
        deletedBy.every(([deleter], n) => open?.deletedBy[n]?.[0] === deleter);
      if (open !== null && goesOn) open = { ...open, length: open.length + to - at, text: open.text + text };
      else {
        if (open !== null) yield open;
        open = {
          agent,
          seq,
          length: to - at,
          text,
          isDeleted: isGone,
          left: idAt(state, at > id ? at - 1 : left),
          right: before,
          deletedBy,
        };
      }
      at = to;
    }
  }
  if (open !== null) yield open;
}

/** Tells which deletions took a unit. Cost: linear in the deletions, then in those that took anything. */
function deletionsOf(state: TextState): (unit: number) => EventId[] {
  const { log } = state;
  const tracker = state.whole();
  const ranges: { readonly id: number; readonly length: number; readonly lv: number; readonly step: number }[] = [];
  for (let lv = log.firstLv; lv < log.count;) {
    const to = log.runEnd(lv, log.count);
    if (log.kindAt(lv) !== INSERT) ranges.push(...tracker.targets(lv, to));
    lv = to;
  }
  const byFirst = ranges.sort((a, b) => a.id - b.id);
  const reach: number[] = [];
  for (const { id, length } of byFirst) reach.push(Math.max(reach.at(-1) ?? 0, id + length));
  return (unit) => {
    const out: EventId[] = [];
    for (let at = countAtOrBelow(byFirst, unit) - 1; at >= 0 && reach[at]! > unit; at--) {
      const { id, length, lv, step } = byFirst[at]!;
      if (unit >= id + length) continue;
      const by = step > 0 ? lv + unit - id : lv + id + length - 1 - unit;
      out.push([log.idOf(by).agent, log.seqAt(by)]);
    }
    return out.reverse();
  };
}

/** null for the borders of the document, and for what was cut off. */
function idAt(state: TextState, id: number): EventId | null {
  const { log } = state;
  return id < log.firstLv || id >= log.count ? null : [log.idOf(id).agent, log.seqAt(id)];
}

/** How many of `ranges` begin at or before `unit`. */
function countAtOrBelow(ranges: readonly { readonly id: number }[], unit: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.id <= unit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSame(a: EventId | null, b: EventId | null): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}
