/**
 * The part of the document in which people have typed at once, as a tree of runs in FugueMax order: what tells where
 * a concurrent event belongs. Gentle and Kleppmann, Collaborative Text Editing with Eg-walker (arXiv 2409.14252); the
 * order is that of Weidner and Kleppmann's FugueMax (arXiv 2305.00583), of which textbook/fuguemax.ts is the oracle.
 *
 * It begins at a critical version: one event, `base`, that everything before leads to and everything after builds
 * on. The text there is a placeholder: units whose ids are of no interest to anybody later. Every event after it is
 * taken in once, and stands in two versions at a time: *prepare*, the one that the event at hand was made in, which is
 * moved back and forth over the graph; and *effect*, everything taken in so far.
 *
 * A run is a chain of right children; left children hang on its first unit and right children on its last, so a run is
 * split where one of its units gets a child, is deleted, or is left by a move.
 */

import { assert } from "../base/assert.ts";
import { compareIds } from "../base/ids.ts";
import { type Listed, MeasuredList } from "../base/measured-list.ts";
import type { EventLog } from "./event-log.ts";

/** Measures of a run: how much of it is visible in either version. */
const PREPARE = 0;
const EFFECT = 1;
/** The parent of what stands at the beginning of everything. */
const ROOT = -1;
/** Behind everything; greater than any LV. */
const END = 2 ** 31;

/**
 * Unit k of a run has id `id + k`. Placeholder units have ids below ROOT that descend with their place:
 * unit p of the base text is -2 - p, and unit k of such a run has id `id - k`.
 */
export interface Run extends Listed<Run> {
  id: number;
  length: number;
  readonly parent: number;
  readonly side: "left" | "right";
  /** What stood to the right when it was typed: the same for all units of a run. */
  readonly rightOrigin: number;
  /** In the prepare version: 0 not there, 1 there, n + 1 deleted n times. */
  prepare: number;
  /** In the effect version. */
  isGone: boolean;
  leftKids: Run[];
  rightKids: Run[];
}

/** What an event does to the text that has everything taken in before it. */
export interface Effect {
  readonly index: number;
  readonly remove: number;
  /** LVs of the units to insert. */
  readonly from: number;
  readonly to: number;
}

/** An event that cannot be true: it edits where its author had no text. */
export class ImpossibleEvent extends Error {
  override readonly name = "ImpossibleEvent";
}

export class Tracker {
  /** LV of the critical version that it begins at; -1: before everything. */
  readonly base: number;
  readonly #log: EventLog;
  readonly #order = new MeasuredList<Run>([prepareLength, effectLength]);
  #rootKids: Run[] = [];
  /** The run of each LV from base + 1 on; undefined for deletions. */
  readonly #runOf: (Run | undefined)[] = [];
  /** What each deletion from base + 1 on deleted. */
  readonly #targetOf: number[] = [];
  /** Runs of the placeholder, by place. */
  readonly #places: Run[] = [];
  #prepareVersion: readonly number[];
  #next: number;

  constructor(log: EventLog, base: number, baseLength: number) {
    this.#log = log;
    this.base = base;
    this.#next = base + 1;
    this.#prepareVersion = base < 0 ? [] : [base];
    if (baseLength === 0) return;
    const run: Run = {
      id: -2,
      length: baseLength,
      parent: ROOT,
      side: "right",
      rightOrigin: END,
      prepare: 1,
      isGone: false,
      leftKids: [],
      rightKids: [],
      block: null,
    };
    this.#rootKids.push(run);
    this.#places.push(run);
    this.#order.insertAfter(null, run);
  }

  /** The first event that is not taken in. */
  get next(): number {
    return this.#next;
  }

  /**
   * Takes in the events up to `end` and tells `onEffect` what each run of them does.
   * @throws ImpossibleEvent; the tracker is of no use then.
   */
  take(end: number, onEffect: ((effect: Effect) => void) | null): void {
    while (this.#next < end) {
      const lv = this.#next;
      const to = this.#log.runEnd(lv, end);
      this.#moveTo(this.#log.parentsOf(lv));
      const { kind, position } = this.#log.opAt(lv, to);
      if (kind === "insert") {
        const index = this.#insert(lv, to - lv, position);
        onEffect?.({ index, remove: 0, from: lv, to });
      } else {
        const first = kind === "delete" ? position : position - (to - lv) + 1;
        this.#delete(lv, to - lv, first, kind === "delete-back", onEffect);
      }
      this.#prepareVersion = [to - 1];
      this.#next = to;
    }
  }

  /** The id under unit `index` of the effect text: an LV, or below ROOT for the base text. */
  idAt(index: number): number {
    const found = this.#order.at(index, EFFECT);
    if (found === undefined) throw new RangeError(`Invalid position ${index} in a document of length ${this.#order.total(EFFECT)}`);
    return idAt(found.item, index - found.before);
  }

  /** Units of the effect text before `id`, and whether it is there itself. */
  indexOf(id: number): { readonly index: number; readonly isVisible: boolean } {
    const run = this.#find(id);
    return { index: this.#order.before(run, EFFECT) + (run.isGone ? 0 : offsetIn(run, id)), isVisible: !run.isGone };
  }

  /** Whether an LV inserted something. */
  isInsert(lv: number): boolean {
    return this.#runOf[lv - this.base - 1] !== undefined;
  }

  runs(): Iterable<Run> {
    return this.#order;
  }

  /** @throws AssertionError when a sum, a back reference or the order is wrong. */
  checkInvariants(): void {
    this.#order.checkInvariants();
    for (const run of this.#order) assert(run.prepare >= 0, `Run ${run.id} stands at ${run.prepare}`);
    for (const run of this.#order)
      for (let k = 0; k < run.length; k++) assert(this.#find(idAt(run, k)) === run, `Unit ${idAt(run, k)} is not found`);
    const order = [...this.runs()];
    const read: Run[] = [];
    const stack = this.#rootKids.toReversed().map((run) => ({ run, isOpen: false }));
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.isOpen) {
        read.push(top.run);
        for (const kid of top.run.rightKids.toReversed()) stack.push({ run: kid, isOpen: false });
      } else {
        stack.push({ run: top.run, isOpen: true });
        for (const kid of top.run.leftKids.toReversed()) stack.push({ run: kid, isOpen: false });
      }
    }
    assert(read.length === order.length && read.every((run, n) => run === order[n]), "The list is not the tree read in order");
  }

  #insert(lv: number, length: number, position: number): number {
    let left: Run | null = null;
    let offset = 0;
    if (position > 0) {
      const found = this.#findPrepare(position - 1);
      left = found.run;
      offset = found.offset;
      if (offset < left.length - 1) {
        const right = this.#split(left, offset + 1);
        return this.#attach(lv, length, right.id, "left", right.id);
      }
    }
    const kids = left === null ? this.#rootKids : left.rightKids;
    const right = this.#nextPrepared(left);
    if (kids.some((kid) => kid.prepare > 0)) {
      assert(right !== null, `Right children behind position ${position}, and nothing follows`);
      return this.#attach(lv, length, right.id, "left", right.id);
    }
    const rightOrigin = right === null ? END : right.id;
    const continues =
      left !== null &&
      left.id >= 0 &&
      left.id + left.length === lv &&
      kids.length === 0 &&
      !left.isGone &&
      left.rightOrigin === rightOrigin;
    if (continues) {
      const index = this.#order.before(left!, EFFECT) + left!.length;
      this.#order.update(left!, () => (left!.length += length));
      for (let k = 0; k < length; k++) this.#runOf.push(left!);
      this.#fillTargets();
      return index;
    }
    return this.#attach(lv, length, left === null ? ROOT : idAt(left, offset), "right", rightOrigin);
  }

  /** Hangs a new run into the tree and the list; returns its index in the effect text. */
  #attach(id: number, length: number, parent: number, side: "left" | "right", rightOrigin: number): number {
    const host = parent === ROOT ? null : this.#find(parent);
    const kids = host === null ? this.#rootKids : side === "left" ? host.leftKids : host.rightKids;
    const run: Run = {
      id,
      length,
      parent,
      side,
      rightOrigin,
      prepare: 1,
      isGone: false,
      leftKids: [],
      rightKids: [],
      block: null,
    };
    let at = 0;
    while (at < kids.length && this.#compareSiblings(kids[at]!, run) < 0) at++;
    const previous = kids[at - 1];
    const next = kids[at];
    kids.splice(at, 0, run);
    if (side === "left") this.#order.insertBefore(next === undefined ? host! : leftmost(next), run);
    else this.#order.insertAfter(previous === undefined ? host : rightmost(previous), run);
    for (let k = 0; k < length; k++) this.#runOf.push(run);
    this.#fillTargets();
    return this.#order.before(run, EFFECT);
  }

  /** Deletes prepared units from `first` on. The k-th event deletes the k-th of them, or from behind. */
  #delete(lv: number, length: number, first: number, isBack: boolean, onEffect: ((effect: Effect) => void) | null): void {
    const targets: number[] = [];
    for (let rest = length; rest > 0;) {
      const found = this.#findPrepare(first);
      let { run } = found;
      if (found.offset > 0) run = this.#split(run, found.offset);
      if (run.length > rest) this.#split(run, rest);
      for (let k = 0; k < run.length; k++) targets.push(idAt(run, k));
      rest -= run.length;
      this.#setPrepare(run, run.prepare + 1);
      if (run.isGone) continue;
      const index = this.#order.before(run, EFFECT);
      const gone = run;
      this.#order.update(gone, () => (gone.isGone = true));
      onEffect?.({ index, remove: run.length, from: lv, to: lv });
    }
    if (isBack) targets.reverse();
    for (const target of targets) {
      this.#runOf.push(undefined);
      this.#targetOf.push(target);
    }
  }

  #fillTargets(): void {
    while (this.#targetOf.length < this.#runOf.length) this.#targetOf.push(ROOT);
  }

  #moveTo(version: readonly number[]): void {
    const from = this.#prepareVersion;
    if (from.length === version.length && from.every((lv) => version.includes(lv))) return;
    const { onlyA, onlyB } = this.#log.diff(from, version);
    // Both come in descending order: what builds on something is undone before it, and done after it.
    for (const [start, end] of onlyA) this.#shift(start, end, -1);
    for (const [start, end] of onlyB.toReversed()) this.#shift(start, end, 1);
    this.#prepareVersion = version;
  }

  /**
   * Takes the events of a range out of the prepare version, or puts them into it. Insertion and deletions of a unit
   * are counted alike, so that they may come in either order.
   */
  #shift(start: number, end: number, by: 1 | -1): void {
    const first = this.base + 1;
    assert(start >= first, `Event ${start} is older than the tracker's base ${this.base}`);
    for (let lv = start; lv < end;) {
      let run = this.#runOf[lv - first];
      if (run !== undefined) {
        if (lv > run.id) run = this.#split(run, lv - run.id);
        if (run.id + run.length > end) this.#split(run, end - run.id);
        this.#setPrepare(run, run.prepare + by);
        lv += run.length;
      } else {
        const target = this.#targetOf[lv - first]!;
        run = this.#find(target);
        // As far as the deletions go on through this run, in either direction.
        let count = 1;
        const step = this.#stepFrom(lv, end);
        const place = offsetIn(run, target);
        const room = step > 0 ? run.length - place : place + 1;
        const unitStep = target < ROOT ? -step : step;
        while (count < room && lv + count < end && step !== 0 && this.#targetOf[lv + count - first] === target + count * unitStep) count++;
        const from = step < 0 ? place - count + 1 : place;
        if (from > 0) run = this.#split(run, from);
        if (run.length > count) this.#split(run, count);
        this.#setPrepare(run, run.prepare + by);
        lv += count;
      }
    }
  }

  /** In which direction the deletions from `lv` on walk over the text; 0: there is only one. */
  #stepFrom(lv: number, end: number): 1 | 0 | -1 {
    if (lv + 1 >= end || this.#runOf[lv - this.base] !== undefined) return 0;
    const delta = this.#targetOf[lv - this.base]! - this.#targetOf[lv - this.base - 1]!;
    if (delta !== 1 && delta !== -1) return 0;
    return (this.#targetOf[lv - this.base - 1]! < ROOT ? -delta : delta) as 1 | -1;
  }

  #setPrepare(run: Run, prepare: number): void {
    this.#order.update(run, () => (run.prepare = prepare));
  }

  /** Cuts a run before unit `offset`; the second part becomes the right child of the first and is returned. */
  #split(run: Run, offset: number): Run {
    const { side: _side, ...same } = run;
    const rest: Run = {
      ...same,
      id: idAt(run, offset),
      length: run.length - offset,
      parent: idAt(run, offset - 1),
      side: "right",
      leftKids: [],
      rightKids: run.rightKids,
      block: null,
    };
    this.#order.update(run, () => (run.length = offset));
    run.rightKids = [rest];
    this.#order.insertAfter(run, rest);
    if (rest.id >= 0) for (let k = 0; k < rest.length; k++) this.#runOf[rest.id - this.base - 1 + k] = rest;
    else this.#places.splice(this.#placeAt(-2 - rest.id), 0, rest);
    return rest;
  }

  #find(id: number): Run {
    const run = id < ROOT ? this.#places[this.#placeAt(-2 - id) - 1] : this.#runOf[id - this.base - 1];
    assert(run !== undefined, `Unit ${id} is not in the tracker`);
    return run;
  }

  /** How many placeholder runs begin at or before place `p` of the base text. */
  #placeAt(p: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (-2 - this.#places[middle]!.id <= p) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #findPrepare(position: number): { run: Run; offset: number } {
    const found = this.#order.at(position, PREPARE);
    if (found === undefined) throw new ImpossibleEvent(`Position ${position} in a text of length ${this.#order.total(PREPARE)}`);
    return { run: found.item, offset: position - found.before };
  }

  /** The first run behind `run` (null: of all) that the prepare version has, deleted or not. */
  #nextPrepared(run: Run | null): Run | null {
    let next = run === null ? this.#order.first : this.#order.after(run);
    while (next !== undefined && next.prepare === 0) next = this.#order.after(next);
    return next ?? null;
  }

  #compareSiblings(a: Run, b: Run): number {
    const farther = a.side === "right" && a.rightOrigin !== b.rightOrigin ? this.#comparePlaces(b.rightOrigin, a.rightOrigin) : 0;
    if (farther !== 0) return farther;
    const first = this.#log.idOf(a.id);
    const second = this.#log.idOf(b.id);
    return compareIds(first.agent, second.agent) || first.seq - second.seq;
  }

  #comparePlaces(a: number, b: number): number {
    if (a === END || b === END) return a === b ? 0 : a === END ? 1 : -1;
    const first = this.#find(a);
    const second = this.#find(b);
    return first === second ? offsetIn(first, a) - offsetIn(second, b) : this.#order.compare(first, second);
  }
}

function prepareLength(run: Run): number {
  return run.prepare === 1 ? run.length : 0;
}

function effectLength(run: Run): number {
  return run.isGone ? 0 : run.length;
}

function idAt(run: Run, offset: number): number {
  return run.id < ROOT ? run.id - offset : run.id + offset;
}

function offsetIn(run: Run, id: number): number {
  return run.id < ROOT ? run.id - id : id - run.id;
}

function leftmost(run: Run): Run {
  let at = run;
  for (let kid = at.leftKids[0]; kid !== undefined; kid = at.leftKids[0]) at = kid;
  return at;
}

function rightmost(run: Run): Run {
  let at = run;
  for (let kid = at.rightKids.at(-1); kid !== undefined; kid = at.rightKids.at(-1)) at = kid;
  return at;
}
