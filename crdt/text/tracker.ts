/**
 * The part of the document in which people have typed at once: what tells where a concurrent event belongs. Gentle and
 * Kleppmann, Collaborative Text Editing with Eg-walker (arXiv 2409.14252); the order is that of Weidner and Kleppmann's
 * FugueMax (arXiv 2305.00583), found by walking a list as Gentle's YjsMod does.
 *
 * It begins at a critical version: one event, `base`, that everything before leads to and everything after builds
 * on. The text there is a placeholder: units whose ids are of no interest to anybody later. Every event after it is
 * taken in once, and stands in two versions at a time: *prepare*, the one that the event at hand was made in, which is
 * moved back and forth over the graph; and *effect*, everything taken in so far.
 *
 * Every event means something, whatever its author claims: an insertion behind the end goes to the end, one between the
 * halves of a surrogate pair goes before it, and a deletion of what is not there deletes nothing. All of this is decided
 * in the author's version, so all copies decide alike.
 */

import { assert } from "../base/assert.ts";
import { DELETE_BACK, type EventLog, INSERT, type OpKind } from "./event-log.ts";
import { GrowingInts } from "./growing-ints.ts";
import { SpanList } from "./span-list.ts";

/** A place among more spans than this is remembered. */
const CROWD_SCAN_MIN = 8;
/** Before everything. */
const ROOT = -1;
/** Unit p of the text at the base has this id and p. LVs are below. */
export const PLACE = 2 ** 30;
/** Behind everything. */
export const END = 2 ** 31 - 1;

/** Told, in order, what the events taken in do to the text. */
export interface EffectSink {
  /** The units with LVs in [from, to) go to `index`. */
  inserted(index: number, from: number, to: number): void;
  deleted(index: number, count: number): void;
}

/** Units of one line of descent that stand together. */
export interface Span {
  /** Of the first unit: an LV, or PLACE and more. */
  readonly id: number;
  readonly length: number;
  readonly isGone: boolean;
  /** What the first unit was typed behind and before: ids, -1 and END at the borders. */
  readonly left: number;
  readonly right: number;
}

export class Tracker {
  /** LV of the critical version that it begins at, -1: before everything; and the length of the text there. */
  readonly base: number;
  readonly baseLength: number;
  readonly #log: EventLog;
  readonly #spans = new SpanList();
  /** For LV first + n: whether a span or a run of deletions begins there (a bit), and which: a span, or ~deletion. */
  readonly #first: number;
  #marks = new Int32Array(8);
  #cells = new Int32Array(256);
  // Deletions: events from `lv` on delete units from `target` on, upwards or downwards.
  readonly #deletionLv = new GrowingInts();
  readonly #deletionTarget = new GrowingInts();
  readonly #deletionLength = new GrowingInts();
  readonly #deletionStep = new GrowingInts();
  /** Spans of the placeholder: where each begins in the base text, ascending. */
  readonly #places: number[] = [];
  readonly #placeSpans: number[] = [];
  readonly #baseText: () => string;
  /** Where many have typed at the very same place, some of them, ascending in id, by what they typed behind. */
  readonly #crowds = new Map<number, { readonly right: number; readonly members: number[] }>();
  /** Spans that the last scan looked at. */
  #scanned = 0;
  #prepareVersion: readonly number[];
  #next: number;
  #hasSnapped = false;

  /** `baseText` is asked only where a surrogate pair of the text at `base` could be cut. */
  constructor(log: EventLog, base: number, baseLength: number, baseText: () => string) {
    this.#log = log;
    this.base = base;
    this.baseLength = baseLength;
    this.#first = base + 1;
    this.#next = base + 1;
    this.#prepareVersion = base < 0 ? [] : [base];
    this.#baseText = baseText;
    if (baseLength === 0) return;
    this.#places.push(0);
    this.#placeSpans.push(this.#spans.insertBefore(-1, PLACE, baseLength, ROOT, END));
  }

  /** The first event that is not taken in. */
  get next(): number {
    return this.#next;
  }

  /** Whether an event claimed a place between the halves of a surrogate pair. */
  get hasSnapped(): boolean {
    return this.#hasSnapped;
  }

  /** Units of the effect text. */
  get length(): number {
    return this.#spans.effectLength;
  }

  /** Takes in the events up to `end`, and tells `sink` what they do. Cost: the spans that they touch, and the way of the prepare version. */
  take(end: number, sink: EffectSink | null): void {
    const log = this.#log;
    while (this.#next < end) {
      const lv = this.#next;
      const to = log.opEnd(lv, end);
      this.takeRun(log.parentsOf(lv), log.kindAt(lv), log.positionAt(lv), to - lv, sink);
    }
  }

  /** Takes in the next `length` events, of one kind, each built on the one before; `parents` are those of the first. */
  takeRun(parents: readonly number[], kind: OpKind, position: number, length: number, sink: EffectSink | null): void {
    const lv = this.#next;
    this.#reserve(lv + length);
    this.#moveTo(parents);
    if (kind === INSERT) {
      const offset = this.#insert(lv, length, position);
      sink?.inserted(this.#spans.effectBefore(this.#cellAt(lv)) + offset, lv, lv + length);
    } else if (kind === DELETE_BACK) this.#deleteBack(lv, length, position, sink);
    else this.#delete(lv, length, position, sink);
    this.#next = lv + length;
    this.#prepareVersion = [this.#next - 1];
  }

  /** The id of unit `index` of the effect text. @throws RangeError beyond the end. */
  idAt(index: number): number {
    const span = this.#spans.findEffect(index);
    if (span < 0) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    return this.#spans.idOf(span) + this.#spans.foundOffset;
  }

  /** Units of the effect text before `id`. */
  indexOf(id: number): number {
    const span = this.#find(id);
    return this.#spans.effectBefore(span) + (this.#spans.isGone(span) ? 0 : id - this.#spans.idOf(span));
  }

  isGone(id: number): boolean {
    return this.#spans.isGone(this.#find(id));
  }

  /** Whether unit `a` stands before unit `b`. */
  isBefore(a: number, b: number): boolean {
    return this.#comparePlaces(a, b) < 0;
  }

  /** How many units from `id` on, up to `length`, stand in one span. */
  togetherFrom(id: number, length: number): number {
    const span = this.#find(id);
    return Math.min(length, this.#spans.idOf(span) + this.#spans.lengthOf(span) - id);
  }

  /**
   * Ranges of units that the deletions in [from, to) deleted, in the order of the events; each ascending. `lv` and those after
   * it deleted them, upwards (step 1) or downwards (step -1).
   */
  *targets(
    from: number,
    to: number,
  ): Generator<{ readonly id: number; readonly length: number; readonly lv: number; readonly step: number }> {
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
   * The place to put back units that stood from `id` on: behind what was typed while `id` was there, before what was typed
   * when it was deleted already. What was put back itself counts as what it stands for, which `rootOf` tells (an id that
   * was never put back is its own root). As an index in the effect text. Moves the prepare version.
   */
  restorePlace(id: number, rootOf: (id: number) => number): number {
    const list = this.#spans;
    const span = this.#find(id);
    if (id > list.idOf(span)) return this.indexOf(id);
    let index = list.effectBefore(span);
    for (let at = list.before(span); at >= 0; at = list.before(at)) {
      const first = list.idOf(at);
      if (first >= PLACE) break;
      if (list.isGone(at)) continue;
      const before = list.effectBefore(at);
      let unit = first + list.lengthOf(at) - 1;
      // What was put back while `id` was gone stands where what it stands for stood.
      while (unit >= first && rootOf(unit) !== unit && this.#wasGone(id, unit) && this.#comparePlaces(rootOf(unit), rootOf(id)) > 0) unit--;
      index = before + unit - first + 1;
      if (unit < first) continue;
      // What was typed goes along as a whole where its author saw that `id` was gone.
      if (rootOf(unit) !== unit || !this.#wasGone(id, first)) break;
      index = before;
    }
    return index;
  }

  /** Everything that ever was, in document order. */
  *spans(): Generator<Span> {
    const list = this.#spans;
    for (let span = list.first; span >= 0; span = list.after(span))
      yield {
        id: list.idOf(span),
        length: list.lengthOf(span),
        isGone: list.isGone(span),
        left: list.leftOf(span),
        right: list.rightOf(span),
      };
  }

  /** The units of the text at a version, whose events are taken in: ranges, in document order. Moves the prepare version there. */
  *unitsIn(version: readonly number[]): Generator<{ readonly id: number; readonly length: number }> {
    const list = this.#spans;
    this.#moveTo(version);
    for (let span = list.first; span >= 0; span = list.after(span))
      if (list.prepareOf(span) === 1) yield { id: list.idOf(span), length: list.lengthOf(span) };
  }

  /** @throws AssertionError when a sum or a back reference is wrong. */
  checkInvariants(): void {
    this.#spans.checkInvariants();
    for (let span = this.#spans.first; span >= 0; span = this.#spans.after(span)) {
      const id = this.#spans.idOf(span);
      for (let k = 0; k < this.#spans.lengthOf(span); k++) assert(this.#find(id + k) === span, `Unit ${id + k} is not found`);
    }
  }

  /** Whether `id` was deleted already in the version that event `lv` was made in. Moves the prepare version. */
  #wasGone(id: number, lv: number): boolean {
    this.#moveTo(this.#log.parentsOf(lv));
    return this.#spans.prepareOf(this.#find(id)) > 1;
  }

  /** Returns where in their span the new units are. */
  #insert(lv: number, length: number, wanted: number): number {
    const list = this.#spans;
    const position = this.#snapped(wanted);
    let left = ROOT;
    let leftSpan = -1;
    let next: number;
    if (position === 0) next = list.first;
    else {
      leftSpan = list.findPrepare(position - 1);
      const offset = list.foundOffset;
      left = list.idOf(leftSpan) + offset;
      if (offset < list.lengthOf(leftSpan) - 1) {
        next = this.#split(leftSpan, offset + 1);
        return this.#hang(lv, length, left, left + 1, next);
      }
      next = list.after(leftSpan);
    }
    let right = next;
    while (right >= 0 && list.prepareOf(right) === 0) right = list.after(right);
    const rightId = right < 0 ? END : list.idOf(right);
    const place = right === next ? next : this.#placeAmong(lv, left, next, right, rightId);
    const goesOn =
      place === next && left < PLACE && left === lv - 1 && leftSpan >= 0 && !list.isGone(leftSpan) && list.rightOf(leftSpan) === rightId;
    if (!goesOn) return this.#hang(lv, length, left, rightId, place);
    const offset = list.lengthOf(leftSpan);
    list.extend(leftSpan, length);
    return offset;
  }

  /** Where among spans that its author had not seen, from `next` to before `right`, the new units go: before which span. */
  #placeAmong(lv: number, left: number, next: number, right: number, rightId: number): number {
    const crowd = this.#crowds.get(left);
    const isCrowd = crowd?.right === rightId;
    const rank = isCrowd ? this.#rankIn(crowd.members, lv) : 0;
    const first = rank > 0 ? this.#firstOf(crowd!.members[rank - 1]!) : -1;
    const place = this.#scan(lv, left, first < 0 ? next : first, right, rightId);
    if (isCrowd) crowd.members.splice(rank, 0, lv);
    else if (this.#scanned > CROWD_SCAN_MIN) this.#crowds.set(left, { right: rightId, members: [lv] });
    return place;
  }

  /** How many of `members`, ascending in id, have a lower id than `lv`. */
  #rankIn(members: readonly number[], lv: number): number {
    let [low, high] = [0, members.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log.compareIds(members[middle]!, lv) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The span that begins with `id`; -1 when that is within one. */
  #firstOf(id: number): number {
    const span = this.#find(id);
    return this.#spans.idOf(span) === id ? span : -1;
  }

  /** As `#placeAmong`, from `from` on: the first of the spans, or one typed at the very same place by somebody with a lower id. */
  #scan(lv: number, left: number, from: number, right: number, rightId: number): number {
    const list = this.#spans;
    let place = from;
    let isScanning = false;
    this.#scanned = 0;
    for (let other = from; ; other = list.after(other)) {
      this.#scanned++;
      if (!isScanning) place = other;
      if (other === right) return place;
      const otherLeft = list.leftOf(other);
      const byLeft = otherLeft === left ? 0 : this.#comparePlaces(otherLeft, left);
      if (byLeft < 0) return place;
      if (byLeft > 0) continue;
      const otherRight = list.rightOf(other);
      if (otherRight === rightId) {
        if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;
        isScanning = false;
      } else isScanning = this.#comparePlaces(otherRight, rightId) < 0;
    }
  }

  #hang(lv: number, length: number, left: number, right: number, next: number): number {
    const span = this.#spans.insertBefore(next, lv, length, left, right);
    this.#mark(lv, span);
    return 0;
  }

  #delete(lv: number, length: number, position: number, sink: EffectSink | null): void {
    for (let done = 0; done < length;) {
      let span = this.#spans.findPrepare(position);
      if (span < 0) {
        this.#recordDeletion(lv + done, ROOT, length - done, 1);
        return;
      }
      if (this.#spans.foundOffset > 0) span = this.#split(span, this.#spans.foundOffset);
      if (this.#spans.lengthOf(span) > length - done) this.#split(span, length - done);
      const count = this.#spans.lengthOf(span);
      this.#recordDeletion(lv + done, this.#spans.idOf(span), count, 1);
      this.#deleteSpan(span, count, sink);
      done += count;
    }
  }

  /** The first event deletes at `position`, each later one a unit further left. */
  #deleteBack(lv: number, length: number, position: number, sink: EffectSink | null): void {
    for (let done = 0; done < length;) {
      const at = position - done;
      let span = this.#spans.findPrepare(at);
      if (span < 0) {
        const count = Math.min(length - done, at - this.#spans.prepareLength + 1);
        this.#recordDeletion(lv + done, ROOT, count, -1);
        done += count;
        continue;
      }
      const offset = this.#spans.foundOffset;
      const last = this.#spans.idOf(span) + offset;
      const count = Math.min(length - done, offset + 1);
      if (offset + 1 > count) span = this.#split(span, offset + 1 - count);
      if (this.#spans.lengthOf(span) > count) this.#split(span, count);
      this.#recordDeletion(lv + done, last, count, -1);
      this.#deleteSpan(span, count, sink);
      done += count;
    }
  }

  #deleteSpan(span: number, count: number, sink: EffectSink | null): void {
    const index = sink === null ? 0 : this.#spans.effectBefore(span);
    if (this.#spans.delete(span)) sink?.deleted(index, count);
  }

  #recordDeletion(lv: number, target: number, length: number, step: 1 | -1): void {
    this.#mark(lv, ~this.#deletionLv.length);
    this.#deletionLv.push(lv);
    this.#deletionTarget.push(target);
    this.#deletionLength.push(length);
    this.#deletionStep.push(step);
  }

  #moveTo(version: readonly number[]): void {
    const from = this.#prepareVersion;
    if (from.length === version.length && from.every((lv, n) => version[n] === lv)) return;
    const { onlyA, onlyB } = this.#log.diff(from, version);
    // Both come in descending order: what builds on something is undone before it, and done after it.
    for (let n = 0; n < onlyA.length; n += 2) this.#shift(onlyA[n]!, onlyA[n + 1]!, -1);
    for (let n = onlyB.length - 2; n >= 0; n -= 2) this.#shift(onlyB[n]!, onlyB[n + 1]!, 1);
    this.#prepareVersion = version.slice();
  }

  /**
   * Takes the events of a range out of the prepare version, or puts them into it. Insertion and deletions of a unit
   * are counted alike, so that they may come in either order.
   */
  #shift(start: number, end: number, by: 1 | -1): void {
    assert(start >= this.#first, `Event ${start} is older than the tracker's base ${this.base}`);
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
          const done = this.#shiftUnits(id, rest, this.#find(id), by);
          id += done;
          rest -= done;
        }
      }
      lv += length;
    }
  }

  /** Shifts the units from `id` on that stand in its span, `length` at most; returns how many. */
  #shiftUnits(id: number, length: number, within: number, by: 1 | -1): number {
    let span = within;
    const offset = id - this.#spans.idOf(span);
    if (offset > 0) span = this.#split(span, offset);
    if (this.#spans.lengthOf(span) > length) this.#split(span, length);
    this.#spans.setPrepare(span, this.#spans.prepareOf(span) + by);
    return this.#spans.lengthOf(span);
  }

  #split(span: number, offset: number): number {
    const rest = this.#spans.split(span, offset);
    const id = this.#spans.idOf(rest);
    if (id < PLACE) this.#mark(id, rest);
    else {
      const at = this.#placeAt(id - PLACE) + 1;
      this.#places.splice(at, 0, id - PLACE);
      this.#placeSpans.splice(at, 0, rest);
    }
    return rest;
  }

  #find(id: number): number {
    if (id >= PLACE) return this.#placeSpans[this.#placeAt(id - PLACE)]!;
    const cell = this.#cellAt(id);
    assert(cell >= 0, `Event ${id} is no insertion`);
    return cell;
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

  #comparePlaces(a: number, b: number): number {
    if (a === b) return 0;
    if (a === ROOT || b === END) return -1;
    if (b === ROOT || a === END) return 1;
    const [first, second] = [this.#find(a), this.#find(b)];
    return first === second ? a - b : this.#spans.compare(first, second);
  }

  /** Within the text of the prepare version, and not between the halves of a surrogate pair. */
  #snapped(wanted: number): number {
    const position = Math.min(wanted, this.#spans.prepareLength);
    if (!this.#log.hasPairs || position === 0 || position === this.#spans.prepareLength) return position;
    const isHigh = (this.#unitAt(position - 1) & 0xfc00) === 0xd800;
    if (!isHigh || (this.#unitAt(position) & 0xfc00) !== 0xdc00) return position;
    this.#hasSnapped = true;
    return position - 1;
  }

  #unitAt(position: number): number {
    const span = this.#spans.findPrepare(position);
    const id = this.#spans.idOf(span) + this.#spans.foundOffset;
    return id >= PLACE ? this.#baseText().charCodeAt(id - PLACE) : this.#log.unitAt(id);
  }

  #reserve(end: number): void {
    const size = end - this.#first;
    if (size <= this.#cells.length) return;
    const cells = new Int32Array(Math.max(size, 2 * this.#cells.length));
    cells.set(this.#cells);
    this.#cells = cells;
    const marks = new Int32Array((cells.length >> 5) + 1);
    marks.set(this.#marks);
    this.#marks = marks;
  }

  #mark(lv: number, cell: number): void {
    const n = lv - this.#first;
    this.#marks[n >> 5]! |= 1 << (n & 31);
    this.#cells[n] = cell;
  }

  /** The span (or ~deletion) that `lv` stands in. */
  #cellAt(lv: number): number {
    const n = lv - this.#first;
    let word = n >> 5;
    let bits = this.#marks[word]! & (-1 >>> (31 - (n & 31)));
    while (bits === 0) bits = this.#marks[--word]!;
    return this.#cells[(word << 5) + 31 - Math.clz32(bits)]!;
  }
}
