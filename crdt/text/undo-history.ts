/**
 * One's own edits, taken back one run at a time, and put back. A run is what one typed or deleted in one go: events that
 * go on where the one before left off, with nothing of anybody in between. Taking back is an edit like any other: an
 * insertion is deleted where its units are now, and what was deleted is typed anew, under new numbers, at the place of
 * what is gone. Nobody else's work is touched.
 */

import { DELETE, INSERT, type OpKind } from "./event-log.ts";
import { hasLoneSurrogate } from "./surrogates.ts";
import type { TextState } from "./text-state.ts";
import { PLACE } from "./tracker.ts";
import { gapOf, type PutBack, standing, takenBy } from "./unit-walk.ts";

/** With more walks over the rows than this, a replay is less work. */
const WALKS_MAX = 64;

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
  /** The events that put something back, ascending. */
  #putBacks: PutBack[] = [];

  /** Forgets what there is to undo: the events before `lv` are not this session's. */
  skipTo(lv: number): void {
    this.#done = [];
    this.#undone = [];
    this.#putBack.clear();
    this.#roots.clear();
    this.#putBacks = [];
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
  #deleteUnits(state: TextState, range: Range, edit: Edit): void {
    const { from, to } = range;
    if (this.#deleteStanding(state, range, edit)) return;
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

  /** `#deleteUnits` where the rows alone tell where the units are; false: they do not. */
  #deleteStanding(state: TextState, { from, to }: Range, edit: Edit): boolean {
    const { log } = state;
    const held: Range[] = [];
    for (let unit = from; unit < to && held.length < WALKS_MAX;) {
      const id = this.#now(unit);
      let next = id + 1;
      while (unit + next - id < to && this.#now(unit + next - id) === next) next++;
      held.push({ from: id, to: next });
      unit += next - id;
    }
    if (held.length >= WALKS_MAX || held.some((range) => range.from < state.walkableFrom)) return false;
    for (const range of held) {
      for (let id = range.from; id < range.to;) {
        const end = Math.min(range.to, log.rowEnd(id));
        let gone = 0;
        for (const { index, length } of standing(log, id, end, state.length)) {
          edit(DELETE, index - gone, length, "");
          gone += length;
        }
        id = end;
      }
    }
    return true;
  }

  #now(unit: number): number {
    let id = unit;
    for (let next = this.#putBack.get(id); next !== undefined; next = this.#putBack.get(id)) id = next;
    return id;
  }

  /** Types anew what the deletions in a range deleted; the last in the text first, so that each finds its place. */
  #putUnitsBack(state: TextState, range: Range, edit: Edit): void {
    if (this.#putTakenBack(state, range, edit)) return;
    const { from, to } = range;
    const { log } = state;
    const targets = [...state.whole().targets(from, to)];
    const isForward = targets.length < 2 || state.whole().isBefore(targets[0]!.id, targets.at(-1)!.id);
    if (isForward) targets.reverse();
    const read = readerOf(state, from, to, targets);
    for (const { id, length } of wholePairs(read, targets)) {
      const first = log.count;
      const index = state.whole().restorePlace(id, (unit) => this.#roots.get(unit) ?? unit);
      edit(INSERT, index, length, read(id, length));
      this.#putBacks.push({ lv: first, end: log.count, from: -1, to: -1 });
      this.#rememberPutBack(id, length, first);
    }
  }

  /** `#putUnitsBack` where the rows alone tell what was deleted, and where that was; false: they do not. */
  #putTakenBack(state: TextState, { from, to }: Range, edit: Edit): boolean {
    const { log } = state;
    if (from < state.walkableFrom) return false;
    const taken = takenBy(log, state.walkableFrom, from, to, state.length);
    if (taken === null) return false;
    const index = gapOf(log, from, to, state.length, this.#putBacks);
    if (index < 0 || state.isInsidePair(index)) return false;
    const text = state.deletedBy(from, to) ?? taken.map(({ lv, length }) => textOf(state, lv, length)).join("");
    if (hasLoneSurrogate(text)) return false;
    let first = log.count;
    edit(INSERT, index, text.length, text);
    this.#putBacks.push({ lv: first, end: log.count, from, to });
    for (const { lv, length } of taken) {
      this.#rememberPutBack(lv, length, first);
      first += length;
    }
    return true;
  }

  /** The units from `id` on stand again, as events from `first` on. */
  #rememberPutBack(id: number, length: number, first: number): void {
    for (let k = 0; k < length; k++) {
      this.#putBack.set(id + k, first + k);
      this.#roots.set(first + k, this.#roots.get(id + k) ?? id + k);
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
