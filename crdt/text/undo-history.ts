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

  /** Forgets what there is to undo: the events before `lv` are not this session's. */
  skipTo(lv: number): void {
    this.#done = [];
    this.#undone = [];
    this.#next = lv;
  }

  undo(state: TextState, self: number, edit: Edit): void {
    this.#collect(state, self);
    const last = this.#done.pop();
    if (last !== undefined) this.#undone.push(this.#invert(state, last, edit));
  }

  redo(state: TextState, self: number, edit: Edit): void {
    this.#collect(state, self);
    const last = this.#undone.pop();
    if (last !== undefined) this.#done.push(this.#invert(state, last, edit));
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

  /** Makes edits that take back the events of a range; returns those edits' events. */
  #invert(state: TextState, { from, to }: Range, edit: Edit): Range {
    const { log } = state;
    const first = log.count;
    const pieces: Range[] = [];
    for (let lv = from; lv < to; lv = pieces.at(-1)!.to) pieces.push({ from: lv, to: log.runEnd(lv, to) });
    for (const piece of pieces.reverse()) {
      if (log.kindAt(piece.from) === INSERT) deleteUnits(state, piece, edit);
      else restoreUnits(state, piece, edit);
    }
    this.#next = log.count;
    return { from: first, to: log.count };
  }
}

function deleteUnits(state: TextState, { from, to }: Range, edit: Edit): void {
  for (let id = from; id < to;) {
    const tracker = state.whole();
    const length = tracker.togetherFrom(id, to - id);
    if (!tracker.isGone(id)) edit(DELETE, tracker.indexOf(id), length, "");
    id += length;
  }
}

/** Types anew what the deletions in a range deleted; the last in the text first, so that each finds its place. */
function restoreUnits(state: TextState, { from, to }: Range, edit: Edit): void {
  const { log, cut } = state;
  const targets = [...state.whole().targets(from, to)];
  const isForward = targets.length < 2 || state.whole().isBefore(targets[0]!.id, targets.at(-1)!.id);
  for (const { id, length } of isForward ? targets.reverse() : targets) {
    let text = id >= PLACE ? cut!.text.slice(id - PLACE, id - PLACE + length) : "";
    for (let lv = id; lv < id + length && id < PLACE;) {
      const end = log.opEnd(lv, id + length);
      text += log.textAt(lv, end);
      lv = end;
    }
    const index = state.whole().restorePlace(id);
    edit(INSERT, index, text.length, text);
  }
}
