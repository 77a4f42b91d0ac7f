/**
 * Where each unit of a tracker stands: its span, by its id; and what each deletion deleted. An id is an LV, or, for unit p
 * of the text at the tracker's base, PLACE + p. Only spans and runs of deletions have an entry; who asks about a unit
 * within one finds the entry before it.
 */

import { assert } from "../base/assert.ts";
import { GrowingBits } from "./growing-bits.ts";
import { GrowingInts } from "./growing-ints.ts";
import { SpanList } from "./span-list.ts";

/** Before everything. */
export const ROOT = -1;
/** Unit p of the text at the base has this id and p. LVs are below. */
export const PLACE = 2 ** 30;
/** Behind everything. */
export const END = 2 ** 31 - 1;

const CHUNK_BITS = 11;
const CHUNK = 1 << CHUNK_BITS;

/** Units from `id` on that the deletions from `lv` on deleted: upwards (step 1) or downwards (step -1). */
export interface Target {
  readonly id: number;
  readonly length: number;
  readonly lv: number;
  readonly step: number;
}

export class UnitIndex {
  readonly spans = new SpanList();
  /** The first LV that can have an entry. */
  readonly #first: number;
  /** For LV first + n: whether a span or a run of deletions begins there, and which: a span, or ~deletion. */
  readonly #marks = new GrowingBits();
  readonly #cells: Int32Array[] = [];
  // Deletions: events from `lv` on delete units from `target` on, upwards or downwards.
  readonly #deletionLv = new GrowingInts();
  readonly #deletionTarget = new GrowingInts();
  readonly #deletionLength = new GrowingInts();
  readonly #deletionStep = new GrowingInts();
  /** Spans of the placeholder: where each begins in the base text, ascending. */
  readonly #places: number[] = [];
  readonly #placeSpans: number[] = [];

  constructor(first: number, baseLength: number) {
    this.#first = first;
    if (baseLength === 0) return;
    this.#places.push(0);
    this.#placeSpans.push(this.spans.insertBefore(-1, PLACE, baseLength, ROOT, END));
  }

  /** Makes room for entries up to `end`. */
  reserve(end: number): void {
    // In chunks: an array that doubles would be copied, and be half empty, where branches are long.
    while (this.#cells.length << CHUNK_BITS < end - this.#first) this.#cells.push(new Int32Array(CHUNK));
  }

  /** A new span before `next` (-1: at the end). Returns it. */
  insertBefore(next: number, lv: number, length: number, left: number, right: number): number {
    const span = this.spans.insertBefore(next, lv, length, left, right);
    this.#mark(lv, span);
    return span;
  }

  /** Cuts a span before its unit `offset`; returns the second part. */
  split(span: number, offset: number): number {
    const rest = this.spans.split(span, offset);
    const id = this.spans.idOf(rest);
    if (id < PLACE) this.#mark(id, rest);
    else {
      const at = this.#placeAt(id - PLACE) + 1;
      this.#places.splice(at, 0, id - PLACE);
      this.#placeSpans.splice(at, 0, rest);
    }
    return rest;
  }

  /** The span that a unit stands in. */
  find(id: number): number {
    if (id >= PLACE) return this.#placeSpans[this.#placeAt(id - PLACE)]!;
    const cell = this.#cellAt(id);
    assert(cell >= 0, `Event ${id} is no insertion`);
    return cell;
  }

  /** Negative when unit `a` stands before unit `b`, positive when behind it. */
  compare(a: number, b: number): number {
    if (a === b) return 0;
    if (a === ROOT || b === END) return -1;
    if (b === ROOT || a === END) return 1;
    const [first, second] = [this.find(a), this.find(b)];
    return first === second ? a - b : this.spans.compare(first, second);
  }

  /** The events from `lv` on delete the units from `target` on; ROOT: what was not there. */
  recordDeletion(lv: number, target: number, length: number, step: 1 | -1): void {
    this.#mark(lv, ~this.#deletionLv.length);
    this.#deletionLv.push(lv);
    this.#deletionTarget.push(target);
    this.#deletionLength.push(length);
    this.#deletionStep.push(step);
  }

  /** Ranges of units that the deletions in [from, to) deleted, in the order of the events; each ascending. */
  *targets(from: number, to: number): Generator<Target> {
    for (let lv = from; lv < to;) {
      const cell = this.#cellAt(lv);
      assert(cell < 0, `Event ${lv} is no deletion`);
      const skip = lv - this.#deletionLv.at(~cell);
      const length = Math.min(this.#deletionLength.at(~cell) - skip, to - lv);
      const target = this.#deletionTarget.at(~cell);
      const step = this.#deletionStep.at(~cell);
      if (target !== ROOT) yield { id: step > 0 ? target + skip : target - skip - length + 1, length, lv, step };
      lv += length;
    }
  }

  /**
   * Takes the events in [start, end) out of the view at hand, or puts them into it. Insertion and deletions of a unit
   * are counted alike, so that they may come in either order. Not told to the nodes: see SpanList.shift.
   */
  shift(start: number, end: number, by: 1 | -1): void {
    assert(start >= this.#first, `Event ${start} is older than the tracker's base ${this.#first - 1}`);
    for (let lv = start; lv < end;) {
      const cell = this.#cellAt(lv);
      if (cell >= 0) {
        lv += this.#shiftUnits(lv, end - lv, cell, by);
        continue;
      }
      const skip = lv - this.#deletionLv.at(~cell);
      const length = Math.min(this.#deletionLength.at(~cell) - skip, end - lv);
      const target = this.#deletionTarget.at(~cell);
      if (target !== ROOT) {
        let id = this.#deletionStep.at(~cell) > 0 ? target + skip : target - skip - length + 1;
        for (let rest = length; rest > 0;) {
          const done = this.#shiftUnits(id, rest, this.find(id), by);
          id += done;
          rest -= done;
        }
      }
      lv += length;
    }
  }

  /** @throws AssertionError when a unit is not found where it stands, or a sum of the spans is wrong. */
  checkInvariants(): void {
    const { spans } = this;
    spans.checkInvariants();
    for (let span = spans.first; span >= 0; span = spans.after(span)) {
      const id = spans.idOf(span);
      for (let k = 0; k < spans.lengthOf(span); k++) assert(this.find(id + k) === span, `Unit ${id + k} is not found`);
    }
  }

  /** Shifts the units from `id` on that stand in its span, `length` at most; returns how many. */
  #shiftUnits(id: number, length: number, within: number, by: 1 | -1): number {
    let span = within;
    const offset = id - this.spans.idOf(span);
    if (offset > 0) span = this.split(span, offset);
    if (this.spans.lengthOf(span) > length) this.split(span, length);
    this.spans.shift(span, by);
    return this.spans.lengthOf(span);
  }

  #mark(lv: number, cell: number): void {
    const n = lv - this.#first;
    this.#marks.add(n);
    this.#cells[n >> CHUNK_BITS]![n & (CHUNK - 1)] = cell;
  }

  /** The span (or ~deletion) that `lv` stands in. */
  #cellAt(lv: number): number {
    const n = this.#marks.lastIn(0, lv - this.#first);
    return this.#cells[n >> CHUNK_BITS]![n & (CHUNK - 1)]!;
  }

  /** Which placeholder span unit `p` of the base text stands in. */
  #placeAt(p: number): number {
    let low = 0;
    let high = this.#places.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#places[middle]! <= p) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
