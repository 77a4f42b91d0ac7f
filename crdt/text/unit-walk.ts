/**
 * Which event inserted a unit of the text, where that unit is now, and what the text was, told from the rows of the log
 * alone, without a replay: as long as events were made one after the other, each says where it acted in the text that is known.
 *
 * All answer within the events from `from` on, each of which acted on all before it. A position behind the end meant the
 * end. Nobody may have written into a surrogate pair.
 */

import { DELETE_BACK, type EventLog, INSERT } from "./event-log.ts";
import type { Rope } from "./rope.ts";

/** Where a walk ended: at the event that inserted the unit, or, `lv` being -1, before all of them, at `index` in the text there. */
export interface Origin {
  readonly lv: number;
  readonly index: number;
}

/** Of unit `index` of the text now, of `length` units. Cost: the rows back to its event. */
export function originOf(log: EventLog, from: number, length: number, index: number): Origin {
  let [at, after] = [index, length];
  for (let end = log.count; end > from;) {
    const lv = Math.max(from, log.rowStart(end - 1));
    const [first, change] = acted(log, lv, end, after);
    if (change < 0) {
      if (at >= first) at -= change;
    } else if (at >= first + change) at -= change;
    else if (at >= first) return { lv: lv + at - first, index: at };
    after -= change;
    end = lv;
  }
  return { lv: -1, index: at };
}

/** Where the unit that event `lv` inserted is in the text now, of `length` units; where it was, if it is gone. Cost: the rows since. */
export function placeOf(log: EventLog, from: number, lv: number, length: number): { readonly index: number; readonly isGone: boolean } {
  const row = Math.max(from, log.rowStart(lv));
  let after = length;
  for (let end = log.count; end > row;) {
    const start = Math.max(row, log.rowStart(end - 1));
    after -= log.kindAt(start) === INSERT ? end - start : start - end;
    end = start;
  }
  let index = Math.min(log.positionAt(row), after) + lv - row;
  let isGone = false;
  // The rest of its row stands behind it.
  const rowEnd = log.rowEnd(lv);
  after += rowEnd - row;
  for (let start = rowEnd; start < log.count;) {
    const end = log.rowEnd(start);
    after += log.kindAt(start) === INSERT ? end - start : start - end;
    const [first, change] = acted(log, start, end, after);
    if (change > 0) index += first <= index ? change : 0;
    else if (index >= first - change) index += change;
    else if (index >= first) {
      index = first;
      isGone = true;
    }
    start = end;
  }
  return { index, isGone };
}

/**
 * Takes the events after `tip` back in `rope`, which has them all. `deleted`: what the log's events deleted, in order (see
 * DeletedText). Cost: these events' pieces.
 */
export function takeBack(log: EventLog, tip: number, rope: Rope, deleted: Uint16Array): void {
  let [rest, after] = [deleted.length, rope.length];
  for (let end = log.count; end > tip + 1;) {
    const piece = log.pieceStart(end - 1);
    const lv = Math.max(tip + 1, piece);
    const [first, change] = acted(log, lv, end, after);
    if (change > 0) rope.delete(first, change);
    else {
      // What backspace took last stands first.
      const from = log.kindAt(lv) === DELETE_BACK ? rest - (end - piece) : rest + change;
      rope.insertUnits(first, deleted, from, from - change);
      rest -= end - piece;
    }
    after -= change;
    end = lv;
  }
}

/** What the events in [lv, end), of one row, did: at which unit, and how many came; `after`: the length of the text then. */
function acted(log: EventLog, lv: number, end: number, after: number): readonly [first: number, change: number] {
  const kind = log.kindAt(lv);
  const position = log.positionAt(lv);
  const count = end - lv;
  if (kind === INSERT) return [Math.min(position, after - count), count];
  return [kind === DELETE_BACK ? position - count + 1 : position, -count];
}
