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
import type { EventLog } from "./event-log.ts";

/** Runs in a block before it is cut in two. */
const BLOCK_RUNS_MAX = 64;
/** The parent of what stands at the beginning of everything. */
const ROOT = -1;
/** Behind everything; greater than any LV. */
const END = 2 ** 31;

/**
 * Unit k of a run has id `id + k`. Placeholder units have ids below ROOT that descend with their place:
 * unit p of the base text is -2 - p, and unit k of such a run has id `id - k`.
 */
export interface Run {
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
  block: Block;
}

interface Block {
  readonly runs: Run[];
  /** Visible units in the prepare and in the effect version. */
  prepare: number;
  effect: number;
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
  #blocks: Block[] = [{ runs: [], prepare: 0, effect: 0 }];
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
    const block = this.#blocks[0]!;
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
      block,
    };
    this.#rootKids.push(run);
    this.#places.push(run);
    block.runs.push(run);
    block.prepare = block.effect = baseLength;
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
    let before = 0;
    for (const block of this.#blocks) {
      if (before + block.effect <= index) {
        before += block.effect;
        continue;
      }
      for (const run of block.runs) {
        const visible = effectLength(run);
        if (index < before + visible) return idAt(run, index - before);
        before += visible;
      }
    }
    throw new RangeError(`Invalid position ${index} in a document of length ${before}`);
  }

  /** Units of the effect text before `id`, and whether it is there itself. */
  indexOf(id: number): { readonly index: number; readonly isVisible: boolean } {
    const run = this.#find(id);
    return { index: this.#effectBefore(run) + (run.isGone ? 0 : offsetIn(run, id)), isVisible: !run.isGone };
  }

  /** Whether an LV inserted something. */
  isInsert(lv: number): boolean {
    return this.#runOf[lv - this.base - 1] !== undefined;
  }

  *runs(): Generator<Run> {
    for (const { runs } of this.#blocks) yield* runs;
  }

  /** @throws AssertionError when a sum, a back reference or the order is wrong. */
  checkInvariants(): void {
    for (const block of this.#blocks) {
      let prepare = 0;
      let effect = 0;
      for (const run of block.runs) {
        assert(run.block === block, `Run ${run.id} does not know its block`);
        prepare += prepareLength(run);
        effect += effectLength(run);
        for (let k = 0; k < run.length; k++) assert(this.#find(idAt(run, k)) === run, `Unit ${idAt(run, k)} is not found`);
      }
      assert(
        prepare === block.prepare && effect === block.effect,
        `A block sums to ${prepare}/${effect}, not ${block.prepare}/${block.effect}`,
      );
    }
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
      const index = this.#effectBefore(left!) + left!.length;
      left!.length += length;
      left!.block.prepare += length;
      left!.block.effect += length;
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
      block: this.#blocks[0]!,
    };
    let at = 0;
    while (at < kids.length && this.#compareSiblings(kids[at]!, run) < 0) at++;
    const previous = kids[at - 1];
    const next = kids[at];
    kids.splice(at, 0, run);
    if (side === "left") this.#place(run, next === undefined ? host! : leftmost(next), 0);
    else if (previous !== undefined) this.#place(run, rightmost(previous), 1);
    else if (host !== null) this.#place(run, host, 1);
    else {
      const first = this.#blocks[0]!.runs[0];
      if (first === undefined) this.#insertIntoBlock(this.#blocks[0]!, 0, run);
      else this.#place(run, first, 0);
    }
    for (let k = 0; k < length; k++) this.#runOf.push(run);
    this.#fillTargets();
    return this.#effectBefore(run);
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
      const index = this.#effectBefore(run);
      run.block.effect -= run.length;
      run.isGone = true;
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

  /** Takes the events of a range out of the prepare version, or puts them into it. */
  #shift(start: number, end: number, by: 1 | -1): void {
    const first = this.base + 1;
    assert(start >= first, `Event ${start} is older than the tracker's base ${this.base}`);
    for (let lv = start; lv < end;) {
      let run = this.#runOf[lv - first];
      if (run !== undefined) {
        if (lv > run.id) run = this.#split(run, lv - run.id);
        if (run.id + run.length > end) this.#split(run, end - run.id);
        this.#setPrepare(run, by > 0 ? 1 : 0);
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
    run.block.prepare -= prepareLength(run);
    run.prepare = prepare;
    run.block.prepare += prepareLength(run);
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
    };
    run.block.prepare -= prepareLength(run);
    run.block.effect -= effectLength(run);
    run.length = offset;
    run.rightKids = [rest];
    run.block.prepare += prepareLength(run);
    run.block.effect += effectLength(run);
    this.#place(rest, run, 1);
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
    let before = 0;
    for (const block of this.#blocks) {
      if (before + block.prepare <= position) {
        before += block.prepare;
        continue;
      }
      for (const run of block.runs) {
        const visible = prepareLength(run);
        if (position < before + visible) return { run, offset: position - before };
        before += visible;
      }
    }
    throw new ImpossibleEvent(`Position ${position} in a text of length ${before}`);
  }

  /** The first run behind `run` (null: of all) that the prepare version has, deleted or not. */
  #nextPrepared(run: Run | null): Run | null {
    let blockAt = run === null ? 0 : this.#blocks.indexOf(run.block);
    let at = run === null ? 0 : run.block.runs.indexOf(run) + 1;
    for (; blockAt < this.#blocks.length; blockAt++, at = 0) {
      const { runs } = this.#blocks[blockAt]!;
      for (; at < runs.length; at++) if (runs[at]!.prepare > 0) return runs[at]!;
    }
    return null;
  }

  #effectBefore(run: Run): number {
    let sum = 0;
    for (const block of this.#blocks) {
      if (block === run.block) break;
      sum += block.effect;
    }
    for (const other of run.block.runs) {
      if (other === run) break;
      sum += effectLength(other);
    }
    return sum;
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
    if (first === second) return offsetIn(first, a) - offsetIn(second, b);
    if (first.block === second.block) return first.block.runs.indexOf(first) - first.block.runs.indexOf(second);
    return this.#blocks.indexOf(first.block) - this.#blocks.indexOf(second.block);
  }

  #place(run: Run, neighbour: Run, after: 0 | 1): void {
    this.#insertIntoBlock(neighbour.block, neighbour.block.runs.indexOf(neighbour) + after, run);
  }

  #insertIntoBlock(block: Block, at: number, run: Run): void {
    block.runs.splice(at, 0, run);
    run.block = block;
    block.prepare += prepareLength(run);
    block.effect += effectLength(run);
    if (block.runs.length <= BLOCK_RUNS_MAX) return;
    const rest: Block = { runs: block.runs.splice(BLOCK_RUNS_MAX / 2), prepare: 0, effect: 0 };
    for (const moved of rest.runs) {
      moved.block = rest;
      rest.prepare += prepareLength(moved);
      rest.effect += effectLength(moved);
    }
    block.prepare -= rest.prepare;
    block.effect -= rest.effect;
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, rest);
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
