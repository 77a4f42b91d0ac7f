/**
 * Which event inserted a unit of the text, where that unit is now, which units a deletion took, and what the text was, told from
 * the rows of the log alone, without a replay: as long as events were made one after the other, each says where it acted in the
 * text that is known.
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
  let after = lengthAt(log, row, length);
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

/** Units that stand together in the text now: those of the insertions from `lv` on, the first of them at `index`. */
export interface Standing {
  readonly lv: number;
  readonly index: number;
  readonly length: number;
}

/** What is left of the units that the events in [lv, to), of one row, inserted, in a text of `length` units now. Cost: as `placeOf`. */
export function standing(log: EventLog, lv: number, to: number, length: number): Standing[] {
  let after = lengthAt(log, to, length);
  let parts: Standing[] = [{ lv, index: Math.min(log.positionAt(lv), after - (to - lv)), length: to - lv }];
  for (let start = to; start < log.count && parts.length > 0;) {
    const end = log.rowEnd(start);
    after += log.kindAt(start) === INSERT ? end - start : start - end;
    const [first, change] = acted(log, start, end, after);
    const next: Standing[] = [];
    for (const part of parts) {
      if (change > 0 && first > part.index && first < part.index + part.length) {
        const before = first - part.index;
        next.push({ ...part, length: before }, { lv: part.lv + before, index: first + change, length: part.length - before });
      } else if (change > 0) next.push(first <= part.index ? { ...part, index: part.index + change } : part);
      else {
        const before = Math.min(part.length, Math.max(0, first - part.index));
        const behind = Math.min(part.length, Math.max(0, part.index + part.length - first + change));
        if (before > 0) next.push({ ...part, length: before });
        if (behind > 0)
          next.push({
            lv: part.lv + part.length - behind,
            index: Math.max(first, part.index + part.length + change - behind),
            length: behind,
          });
      }
    }
    parts = next;
    start = end;
  }
  return parts;
}

/**
 * Which insertions made the units that the deletions in [lv, to), of one row, took: ranges of LVs in the order of the text. null: some
 * are older than `from`. `length`: of the text now. Cost: the rows back to the oldest of them.
 */
export function takenBy(log: EventLog, from: number, lv: number, to: number, length: number): Omit<Standing, "index">[] | null {
  let after = lengthAt(log, to, length) + (to - lv);
  const [first] = acted(log, lv, to, after);
  let parts: Standing[] = [{ lv: -1, index: first, length: to - lv }];
  let missing = 1;
  for (let end = lv; end > from && missing > 0;) {
    const start = Math.max(from, log.rowStart(end - 1));
    const [at, change] = acted(log, start, end, after);
    const next: Standing[] = [];
    for (const part of parts) {
      if (part.lv >= 0) next.push(part);
      else if (change > 0) {
        // Before what came, of it, and behind it.
        const before = Math.min(part.length, Math.max(0, at - part.index));
        const behind = Math.min(part.length, Math.max(0, part.index + part.length - at - change));
        const within = part.length - before - behind;
        if (before > 0) next.push({ ...part, length: before });
        if (within > 0) next.push({ lv: start + part.index + before - at, index: -1, length: within });
        if (behind > 0) next.push({ lv: -1, index: part.index + part.length - behind - change, length: behind });
      } else {
        const before = Math.min(part.length, Math.max(0, at - part.index));
        if (before > 0) next.push({ ...part, length: before });
        if (before < part.length) next.push({ lv: -1, index: part.index + before - change, length: part.length - before });
      }
    }
    parts = next;
    missing = parts.reduce((sum, part) => sum + (part.lv < 0 ? 1 : 0), 0);
    after -= change;
    end = start;
  }
  return missing > 0 ? null : parts;
}

/** The insertions in [lv, end) put back what the deletions in [from, to) took, in the order of the text; what else they did: -1. */
export interface PutBack {
  readonly lv: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Where the units that the deletions in [lv, to), of one row, took would stand now: where they stood then, before what was typed in
 * their place since. `putBacks`, ascending, stand where those stood that they put back. -1: the rows do not tell. `length`: of the
 * text now. Cost: the rows since.
 */
export function gapOf(log: EventLog, lv: number, to: number, length: number, putBacks: readonly PutBack[]): number {
  let after = lengthAt(log, to, length);
  const [gap] = acted(log, lv, to, after);
  // Between these two: they part where something was put back of which the rows do not tell on which side it stood.
  const gaps: [least: number, most: number] = [gap, gap];
  // Deletions across the gap, or at it: how many of the units were before it.
  const cuts: { readonly from: number; readonly to: number; readonly before: readonly [number, number] }[] = [];
  let next = 0;
  while (next < putBacks.length && putBacks[next]!.end <= to) next++;
  for (let start = to; start < log.count;) {
    let end = log.rowEnd(start);
    let put = putBacks[next];
    if (put !== undefined && put.lv > start) {
      end = Math.min(end, put.lv);
      put = undefined;
    } else if (put !== undefined) {
      end = Math.min(end, put.end);
      if (end === put.end) next++;
    }
    after += log.kindAt(start) === INSERT ? end - start : start - end;
    const [first, change] = acted(log, start, end, after);
    if (change > 0) {
      const cut = put === undefined ? undefined : cuts.find(({ from, to: until }) => put.from >= from && put.to <= until);
      const skipped = cut === undefined ? 0 : log.kindAt(put!.from) === DELETE_BACK ? cut.to - put!.to : put!.from - cut.from;
      for (const k of [0, 1] as const) {
        if (first < gaps[k]) gaps[k] += change;
        else if (first > gaps[k] || put === undefined) continue;
        else if (cut !== undefined) gaps[k] += Math.min(change, Math.max(0, cut.before[k] - skipped));
        else if (k === 1) gaps[k] += change;
      }
    } else {
      const before = gaps.map((at) => Math.max(0, Math.min(at - first, -change))) as [number, number];
      if (first <= gaps[1] && first - change >= gaps[0]) cuts.push({ from: start, to: end, before });
      for (const k of [0, 1] as const) if (first < gaps[k]) gaps[k] = Math.max(first, gaps[k] + change);
    }
    start = end;
  }
  return gaps[0] === gaps[1] ? gaps[0] : -1;
}

/** How long the text was before event `lv`; `length`: of the text now. Cost: the rows since. */
function lengthAt(log: EventLog, lv: number, length: number): number {
  let out = length;
  for (let start = lv; start < log.count;) {
    const end = log.rowEnd(start);
    out -= log.kindAt(start) === INSERT ? end - start : start - end;
    start = end;
  }
  return out;
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
