/**
 * One's own edits, taken back one run at a time, and put back. A run is what one typed or deleted in one go: events that
 * go on where the one before left off, with nothing of anybody in between. Taking back is an edit like any other: an
 * insertion is deleted where its units are now, and what was deleted is typed anew, under new numbers, at the place of
 * what is gone. Nobody else's work is touched.
 */

import { DELETE, INSERT, type OpKind } from "./event-log.ts";
import type { TextState } from "./text-state.ts";
import { PLACE } from "./tracker.ts";

/** LVs of one's own events. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Makes a local edit. */
export type Edit = (kind: OpKind, position: number, length: number, text: string) => void;

export class UndoHistory {
  #done: Range[] = [];
  #undone: Range[] = [];
  /** Events before this one have been looked at. */
  #next = 0;
  /** Units that were put back, and under which LV: what deletes the unit must delete what stands for it now. */
  readonly #putBack = new Map<number, number>();
  /** Of each unit that was put back: which one it stands for, the first of all. */
  readonly #roots = new Map<number, number>();

  /** Forgets what there is to undo: the events before `lv` are not this session's. */
  skipTo(lv: number): void {
    this.#done = [];
    this.#undone = [];
    this.#putBack.clear();
    this.#roots.clear();
    this.#next = lv;
  }

  undo(state: TextState, self: number, edit: Edit): void {
    this.#collect(state, self);
    this.#invertLast(this.#done, this.#undone, state, edit);
  }

  redo(state: TextState, self: number, edit: Edit): void {
    this.#collect(state, self);
    this.#invertLast(this.#undone, this.#done, state, edit);
  }

  /** Finds one's own edits since the last look. After new ones there is nothing to redo. */
  #collect({ log }: TextState, self: number): void {
    for (let lv = this.#next; lv < log.count;) {
      const to = log.runEnd(lv, log.count);
      if (log.agentOf(lv) === self) {
        this.#done.push({ from: lv, to });
        this.#undone = [];
      }
      lv = to;
    }
    this.#next = log.count;
  }

  /** What changes nothing, since others have deleted it all, is passed over. */
  #invertLast(from: Range[], to: Range[], state: TextState, edit: Edit): void {
    for (let last = from.pop(); last !== undefined; last = from.pop()) {
      const inverse = this.#invert(state, last, edit);
      if (inverse.to === inverse.from) continue;
      to.push(inverse);
      return;
    }
  }

  /** Makes edits that take back the events of a range; returns those edits' events. */
  #invert(state: TextState, { from, to }: Range, edit: Edit): Range {
    const { log } = state;
    const first = log.count;
    const pieces: Range[] = [];
    for (let lv = from; lv < to; lv = pieces.at(-1)!.to) pieces.push({ from: lv, to: log.runEnd(lv, to) });
    for (const piece of pieces.reverse()) {
      if (log.kindAt(piece.from) === INSERT) this.#deleteUnits(state, piece, edit);
      else this.#putUnitsBack(state, piece, edit);
    }
    this.#next = log.count;
    return { from: first, to: log.count };
  }

  /** Deletes what stands for the units of a range now. */
  #deleteUnits(state: TextState, { from, to }: Range, edit: Edit): void {
    for (let unit = from; unit < to;) {
      const id = this.#now(unit);
      const tracker = state.whole();
      let length = 1;
      let most = tracker.togetherFrom(id, to - unit);
      if (isHigh(textOf(state, id + most - 1, 1))) most++;
      while (length < most && this.#now(unit + length) === id + length) length++;
      if (!tracker.isGone(id)) edit(DELETE, tracker.indexOf(id), length, "");
      unit += length;
    }
  }

  #now(unit: number): number {
    let id = unit;
    for (let next = this.#putBack.get(id); next !== undefined; next = this.#putBack.get(id)) id = next;
    return id;
  }

  /** Types anew what the deletions in a range deleted; the last in the text first, so that each finds its place. */
  #putUnitsBack(state: TextState, { from, to }: Range, edit: Edit): void {
    const { log } = state;
    const targets = [...state.whole().targets(from, to)];
    const isForward = targets.length < 2 || state.whole().isBefore(targets[0]!.id, targets.at(-1)!.id);
    if (isForward) targets.reverse();
    const read = readerOf(state, from, to, targets);
    for (const { id, length } of wholePairs(read, targets)) {
      const first = log.count;
      const index = state.whole().restorePlace(id, (unit) => this.#roots.get(unit) ?? unit);
      edit(INSERT, index, length, read(id, length));
      for (let k = 0; k < length; k++) {
        this.#putBack.set(id + k, first + k);
        this.#roots.set(first + k, this.#roots.get(id + k) ?? id + k);
      }
    }
  }
}

interface Units {
  readonly id: number;
  readonly length: number;
}

/** Ranges, the last in the text first, none of which ends between the halves of a surrogate pair. */
function wholePairs(read: Reader, ranges: readonly Units[]): Units[] {
  const out: Units[] = [];
  for (const { id, length } of ranges) {
    const behind = out.at(-1);
    const isCut = behind !== undefined && behind.id === id + length && isHigh(read(id + length - 1, 1));
    if (isCut) out[out.length - 1] = { id, length: length + behind.length };
    else out.push({ id, length });
  }
  return out;
}

function isHigh(unit: string): boolean {
  return (unit.charCodeAt(0) & 0xfc00) === 0xd800;
}

/** What units that stand together were. */
type Reader = (id: number, length: number) => string;

/** Of the units that the events in [from, to) deleted: `ranges`, the last in the text first. From what is stored, if it is at hand. */
function readerOf(state: TextState, from: number, to: number, ranges: readonly Units[]): Reader {
  const stored = state.deletedBy(from, to);
  if (stored === null) return (id, length) => textOf(state, id, length);
  return (id, length) => {
    let end = stored.length;
    for (const range of ranges) {
      const at = end - range.length + id - range.id;
      if (id >= range.id && id < range.id + range.length) return stored.slice(at, at + length);
      end -= range.length;
    }
    return textOf(state, id, length);
  };
}

/** What units that stand together were, gone or not. */
function textOf({ log, cut }: TextState, id: number, length: number): string {
  return id >= PLACE ? cut!.text.slice(id - PLACE, id - PLACE + length) : log.textAt(id, id + length);
}
