/**
 * The part of the document in which people have typed at once: what tells where a concurrent event belongs. Gentle and
 * Kleppmann, Collaborative Text Editing with Eg-walker (arXiv 2409.14252); where we deviate: branches.ts. Who of those
 * that typed at one place stands first: sibling-order.ts.
 *
 * It begins at a critical version: one event, `base`, that everything before leads to and everything after builds
 * on. The text there is a placeholder: units whose ids are of no interest to anybody later. Every event after it is
 * taken in once, and stands in two versions at a time: *prepare*, the one that the event at hand was made in, which is
 * that of its branch; and *effect*, everything taken in so far.
 *
 * Every event means something, whatever its author claims: an insertion behind the end goes to the end, one between the
 * halves of a surrogate pair goes before it, and a deletion of what is not there deletes nothing. All of this is decided
 * in the author's version, so all copies decide alike.
 */

import { type Branch, Branches } from "./branches.ts";
import { DELETE_BACK, type EventLog, INSERT, type OpKind } from "./event-log.ts";
import { SiblingOrder } from "./sibling-order.ts";
import { END, PLACE, ROOT, type Target, UnitIndex } from "./unit-index.ts";

export { END, PLACE } from "./unit-index.ts";

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
  readonly #units: UnitIndex;
  readonly #branches: Branches;
  readonly #siblings: SiblingOrder;
  readonly #baseText: () => string;
  #next: number;
  #hasSnapped = false;
  /** Of the last event, where it was an insertion: the branch and the span, and where the next unit would go in both versions (-1: not asked). */
  #typedIn: Branch | null = null;
  #typedSpan = -1;
  #typedPosition = 0;
  #typedIndex = -1;

  /** `baseText` is asked only where a surrogate pair of the text at `base` could be cut. */
  constructor(log: EventLog, base: number, baseLength: number, baseText: () => string) {
    this.#log = log;
    this.base = base;
    this.baseLength = baseLength;
    this.#next = base + 1;
    this.#baseText = baseText;
    this.#units = new UnitIndex(base + 1, baseLength);
    this.#branches = new Branches(log, this.#units, base + 1);
    this.#siblings = new SiblingOrder(log, this.#units);
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
    return this.#units.spans.effectLength;
  }

  /** Takes in the events up to `end`, and tells `sink` what they do. Cost: the spans that they touch, and what is new to their authors. */
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
    this.#units.reserve(lv + length);
    this.#branches.goTo(parents, lv);
    if (kind === INSERT) {
      if (!this.#goesOn(lv, parents, position)) this.#insert(lv, length, position);
      else this.#units.spans.extend(this.#typedSpan, length);
      if (sink !== null) this.#tell(lv, length, sink);
      this.#typedIn = this.#branches.current;
      this.#typedPosition += length;
    } else {
      this.#typedIn = null;
      if (kind === DELETE_BACK) this.#deleteBack(lv, length, position, sink);
      else this.#delete(lv, length, position, sink);
    }
    this.#next = lv + length;
    this.#branches.took(lv, length);
  }

  /** The id of unit `index` of the effect text. @throws RangeError beyond the end. */
  idAt(index: number): number {
    const span = this.#units.spans.findEffect(index);
    if (span < 0) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    return this.#units.spans.idOf(span) + this.#units.spans.foundOffset;
  }

  /** Units of the effect text before `id`. */
  indexOf(id: number): number {
    const span = this.#units.find(id);
    return this.#units.spans.effectBefore(span) + (this.#units.spans.isGone(span) ? 0 : id - this.#units.spans.idOf(span));
  }

  isGone(id: number): boolean {
    return this.#units.spans.isGone(this.#units.find(id));
  }

  /** Whether unit `a` stands before unit `b`. */
  isBefore(a: number, b: number): boolean {
    return this.#units.compare(a, b) < 0;
  }

  /** How many units from `id` on, up to `length`, stand in one span. */
  togetherFrom(id: number, length: number): number {
    const span = this.#units.find(id);
    return Math.min(length, this.#units.spans.idOf(span) + this.#units.spans.lengthOf(span) - id);
  }

  /** Ranges of units that the deletions in [from, to) deleted, in the order of the events; each ascending. */
  targets(from: number, to: number): Generator<Target> {
    return this.#units.targets(from, to);
  }

  /**
   * The place to put back units that stood from `id` on: behind what was typed while `id` was there, before what was typed
   * when it was deleted already. What was put back itself counts as what it stands for, which `rootOf` tells (an id that
   * was never put back is its own root). As an index in the effect text. Moves the prepare version.
   */
  restorePlace(id: number, rootOf: (id: number) => number): number {
    const list = this.#units.spans;
    const span = this.#units.find(id);
    if (id > list.idOf(span)) return this.indexOf(id);
    let index = list.effectBefore(span);
    for (let at = list.before(span); at >= 0; at = list.before(at)) {
      const first = list.idOf(at);
      if (first >= PLACE) break;
      if (list.isGone(at)) continue;
      const before = list.effectBefore(at);
      let unit = first + list.lengthOf(at) - 1;
      // What was put back while `id` was gone stands where what it stands for stood.
      while (unit >= first && rootOf(unit) !== unit && this.#wasGone(id, unit) && this.#units.compare(rootOf(unit), rootOf(id)) > 0) unit--;
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
    const list = this.#units.spans;
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
    const list = this.#units.spans;
    this.#typedIn = null;
    this.#branches.visit(version);
    for (let span = list.first; span >= 0; span = list.after(span))
      if (list.prepareOf(span) === 1) yield { id: list.idOf(span), length: list.lengthOf(span) };
  }

  /** @throws AssertionError when a sum or a back reference is wrong. */
  checkInvariants(): void {
    this.#units.checkInvariants();
  }

  /** Whether `id` was deleted already in the version that event `lv` was made in. Moves the prepare version. */
  #wasGone(id: number, lv: number): boolean {
    this.#typedIn = null;
    this.#branches.visit(this.#log.parentsOf(lv));
    return this.#units.spans.prepareOf(this.#units.find(id)) > 1;
  }

  /** Whether an insertion is the next of somebody who types on. Nothing can have come between it and the unit before. */
  #goesOn(lv: number, parents: readonly number[], position: number): boolean {
    if (this.#typedIn !== this.#branches.current || position !== this.#typedPosition || parents[0] !== lv - 1) return false;
    return !this.#log.hasPairs || (this.#log.unitAt(lv - 1) & 0xfc00) !== 0xd800;
  }

  /** Tells where the units from `lv` on went, which are the last ones of the span that is typed in. */
  #tell(lv: number, length: number, sink: EffectSink): void {
    const { spans } = this.#units;
    const span = this.#typedSpan;
    if (this.#typedIndex < 0) this.#typedIndex = spans.effectBefore(span) + spans.lengthOf(span) - length;
    sink.inserted(this.#typedIndex, lv, lv + length);
    this.#typedIndex += length;
  }

  #insert(lv: number, length: number, wanted: number): void {
    const list = this.#units.spans;
    const position = this.#snapped(wanted);
    this.#typedPosition = position;
    this.#typedIndex = -1;
    let left = ROOT;
    let next: number;
    if (position === 0) next = list.first;
    else {
      const leftSpan = list.findPrepare(position - 1);
      const offset = list.foundOffset;
      left = list.idOf(leftSpan) + offset;
      if (offset < list.lengthOf(leftSpan) - 1) {
        next = this.#units.split(leftSpan, offset + 1);
        this.#typedSpan = this.#units.insertBefore(next, lv, length, left, left + 1);
        return;
      }
      next = list.after(leftSpan);
    }
    const right = next < 0 ? -1 : list.knownFrom(next);
    const rightId = right < 0 ? END : list.idOf(right);
    const place = right === next ? next : this.#siblings.placeAmong(lv, left, next, right, rightId);
    this.#typedSpan = this.#units.insertBefore(place, lv, length, left, rightId);
  }

  #delete(lv: number, length: number, position: number, sink: EffectSink | null): void {
    for (let done = 0; done < length;) {
      let span = this.#units.spans.findPrepare(position);
      if (span < 0) {
        this.#units.recordDeletion(lv + done, ROOT, length - done, 1);
        return;
      }
      if (this.#units.spans.foundOffset > 0) span = this.#units.split(span, this.#units.spans.foundOffset);
      if (this.#units.spans.lengthOf(span) > length - done) this.#units.split(span, length - done);
      const count = this.#units.spans.lengthOf(span);
      this.#units.recordDeletion(lv + done, this.#units.spans.idOf(span), count, 1);
      this.#deleteSpan(span, count, sink);
      done += count;
    }
  }

  /** The first event deletes at `position`, each later one a unit further left. */
  #deleteBack(lv: number, length: number, position: number, sink: EffectSink | null): void {
    for (let done = 0; done < length;) {
      const at = position - done;
      let span = this.#units.spans.findPrepare(at);
      if (span < 0) {
        const count = Math.min(length - done, at - this.#units.spans.prepareLength + 1);
        this.#units.recordDeletion(lv + done, ROOT, count, -1);
        done += count;
        continue;
      }
      const offset = this.#units.spans.foundOffset;
      const last = this.#units.spans.idOf(span) + offset;
      const count = Math.min(length - done, offset + 1);
      if (offset + 1 > count) span = this.#units.split(span, offset + 1 - count);
      if (this.#units.spans.lengthOf(span) > count) this.#units.split(span, count);
      this.#units.recordDeletion(lv + done, last, count, -1);
      this.#deleteSpan(span, count, sink);
      done += count;
    }
  }

  #deleteSpan(span: number, count: number, sink: EffectSink | null): void {
    const index = sink === null ? 0 : this.#units.spans.effectBefore(span);
    if (this.#units.spans.delete(span)) sink?.deleted(index, count);
  }

  /** Within the text of the prepare version, and not between the halves of a surrogate pair. */
  #snapped(wanted: number): number {
    const position = Math.min(wanted, this.#units.spans.prepareLength);
    if (!this.#log.hasPairs || position === 0 || position === this.#units.spans.prepareLength) return position;
    const isHigh = (this.#unitAt(position - 1) & 0xfc00) === 0xd800;
    if (!isHigh || (this.#unitAt(position) & 0xfc00) !== 0xdc00) return position;
    this.#hasSnapped = true;
    return position - 1;
  }

  #unitAt(position: number): number {
    const span = this.#units.spans.findPrepare(position);
    const id = this.#units.spans.idOf(span) + this.#units.spans.foundOffset;
    return id >= PLACE ? this.#baseText().charCodeAt(id - PLACE) : this.#log.unitAt(id);
  }
}
