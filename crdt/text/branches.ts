/**
 * The versions that people are writing in, side by side: a branch for each author. It has a view of the spans: the text as
 * that author had it. What an author has seen only grows, so a view only has to be given what is new to it, and going
 * from one author to another costs nothing; the one prepare version of the Eg-walker paper goes back and forth over
 * everything in which the two differ.
 *
 * Who writes for the first time does so in a branch that all newcomers share, which is moved as in the paper. The second
 * time one gets a copy of some branch; so does an author who, in spite of all, has not seen what is under the same name.
 * There are so many branches at most; the one that was not written in for the longest time gives way.
 */

import { isSame } from "./critical-versions.ts";
import type { EventLog } from "./event-log.ts";
import { GrowingBits } from "./growing-bits.ts";
import type { SpanView } from "./span-view.ts";
import type { UnitIndex } from "./unit-index.ts";

const BRANCHES_MAX = 64;
/** Spans times branches, beyond which there are fewer branches: 4 bytes each. */
const STATES_MAX = 2 ** 22;

/** A branch is copied where that saves so many events, and one more for so many spans. */
const PULL_MIN = 32;
const COPIED_PER_EVENT = 64;
const COUNT_MAX = 2 ** 30;

export interface Branch {
  readonly view: SpanView;
  /** What the log calls its author; -1: nobody, or the newcomers. */
  agent: number;
  /** Events from the base on that are in it, and how many; and those that no other of them has seen. */
  readonly seen: GrowingBits;
  count: number;
  tips: readonly number[];
  usedAt: number;
}

export class Branches {
  readonly #log: EventLog;
  readonly #units: UnitIndex;
  /** The first event after the base. */
  readonly #first: number;
  readonly #all: Branch[];
  /** undefined: has not written here; null: has no branch of one's own. */
  readonly #byAgent: (Branch | null | undefined)[] = [];
  #newcomers: Branch | null = null;
  #current: Branch;
  #uses = 0;
  // What `#catchUp` has still to look at, and what it found: from, end, from, end ...
  readonly #open: number[] = [];
  readonly #news: number[] = [];

  /** Begins with the version that has seen everything before event `first` and nothing else. */
  constructor(log: EventLog, units: UnitIndex, first: number) {
    this.#log = log;
    this.#units = units;
    this.#first = first;
    const tips = first === 0 ? [] : [first - 1];
    this.#current = { view: units.spans.view, agent: -1, seen: new GrowingBits(), count: 0, tips, usedAt: 0 };
    this.#all = [this.#current];
  }

  /** The one at hand. */
  get current(): Branch {
    return this.#current;
  }

  /** Puts the version `parents` at hand, in which event `lv` was made. Cost: the events that are new to its author. */
  goTo(parents: readonly number[], lv: number): void {
    const agent = this.#log.agentOf(lv);
    const own = this.#byAgent[agent];
    if (own === undefined) this.#welcome(agent, parents);
    else if (own === null) this.#part(agent, this.#vacant(), parents);
    else {
      if (own !== this.#current) this.#use(own);
      if (isSame(own.tips, parents)) return;
      if (parents.length > 1) this.#pull(own, parents);
      if (!this.#catchUp(own, parents)) this.#part(agent, own, parents);
    }
  }

  /** Moves the branch at hand to any version, in which nothing is about to be written. Cost: the events in which the two differ. */
  visit(version: readonly number[]): void {
    if (!isSame(this.#current.tips, version)) this.#move(this.#current, version);
  }

  /** The events from `lv` on were made in the version at hand, each built on the one before, and are in it now. */
  took(lv: number, length: number): void {
    const branch = this.#current;
    branch.seen.addRange(lv - this.#first, lv + length - this.#first);
    branch.count += length;
    branch.tips = [lv + length - 1];
  }

  /** Gives the branch at hand what `parents` have seen beyond it; false, and nothing has changed: they have not seen all of it. */
  #catchUp(branch: Branch, parents: readonly number[]): boolean {
    const { tips, seen } = branch;
    if (tips.length > 1) return false;
    const first = this.#first;
    const tip = tips.length === 0 ? first - 1 : tips[0]!;
    const [log, open, news] = [this.#log, this.#open, this.#news];
    while (news.length > 0) news.pop();
    // Everybody has seen what is before the tracker's beginning.
    let hasTip = tip < first;
    for (let n = 0; n < parents.length; n++) {
      if (parents[n] === tip) hasTip = true;
      open.push(parents[n]!);
    }
    while (open.length > 0) {
      const lv = open.pop()!;
      if (lv === tip) hasTip = true;
      if (lv < first || seen.has(lv - first)) continue;
      const start = Math.max(log.graphStart(lv), first);
      const last = seen.lastIn(start - first, lv - first);
      const from = last < 0 ? start : first + last + 1;
      seen.addRange(from - first, lv + 1 - first);
      news.push(from, lv + 1);
      if (from > start) {
        if (from - 1 === tip) hasTip = true;
        continue;
      }
      const before = log.parentsOf(start);
      // They ascend: with many writers most of what they have seen is long known.
      if (hasTip && before.length > 0 && seen.hasAllTo(before[before.length - 1]! - first)) continue;
      for (let n = 0; n < before.length; n++) {
        const parent = before[n]!;
        if (parent === tip || parent < first || !seen.has(parent - first)) open.push(parent);
      }
    }
    for (let n = news.length - 2; n >= 0; n -= 2) {
      const [from, end] = [news[n]!, news[n + 1]!];
      if (hasTip) {
        this.#units.shift(from, end, 1);
        branch.count += end - from;
      } else seen.removeRange(from - first, end - first);
    }
    if (!hasTip) return false;
    this.#units.spans.settle();
    branch.tips = parents;
    return true;
  }

  /** Somebody writes for the first time: the very first one gets the branch that there is. */
  #welcome(agent: number, version: readonly number[]): void {
    if (this.#byAgent.length === 0) {
      this.#current.agent = agent;
      this.#byAgent[agent] = this.#current;
    } else {
      this.#byAgent[agent] = null;
      if (this.#newcomers === null) this.#copy(this.#nearest(version), (this.#newcomers = this.#vacant()));
      this.#use(this.#newcomers);
    }
    this.#reach(this.#current, version);
  }

  /** Begins the branch of an author, or begins it anew, at `version`, from the branch that has least to unlearn. */
  #part(agent: number, branch: Branch, version: readonly number[]): void {
    const source = this.#nearest(version);
    if (branch !== source) this.#copy(source, branch);
    branch.agent = agent;
    this.#byAgent[agent] = branch;
    this.#use(branch);
    this.#reach(branch, version);
  }

  /** Where much of what is new to a branch is in another, all of which is seen, that one is copied: a unit costs less than an event. */
  #pull(branch: Branch, parents: readonly number[]): void {
    let found = branch;
    let least = branch.count + PULL_MIN + Math.floor(this.#units.spans.size / COPIED_PER_EVENT);
    for (const other of this.#all) {
      if (other.count <= least || other.tips.length !== 1 || !parents.includes(other.tips[0]!)) continue;
      found = other;
      least = other.count;
    }
    if (found !== branch) this.#copy(found, branch);
  }

  #copy(from: Branch, to: Branch): void {
    this.#units.spans.copyView(from.view, to.view);
    to.seen.become(from.seen);
    to.count = from.count;
    to.tips = from.tips;
  }

  #reach(branch: Branch, version: readonly number[]): void {
    if (!isSame(branch.tips, version) && !this.#catchUp(branch, version)) this.#move(branch, version);
  }

  /** The smallest branch that has the last event of `version`; without one, that at hand. */
  #nearest(version: readonly number[]): Branch {
    const last = (version.at(-1) ?? -1) - this.#first;
    let found: Branch | null = null;
    for (const branch of this.#all)
      if ((last < 0 || branch.seen.has(last)) && (found === null || branch.count < found.count)) found = branch;
    return found ?? this.#current;
  }

  /** A branch of nobody, given up by somebody when there are too many. */
  #vacant(): Branch {
    if (!this.#hasRoom(1)) return this.#vacated();
    // Until something is copied into it, it is nearest to nothing.
    const branch: Branch = { view: this.#units.spans.addView(), agent: -1, seen: new GrowingBits(), count: COUNT_MAX, tips: [], usedAt: 0 };
    this.#all.push(branch);
    return branch;
  }

  #move(branch: Branch, version: readonly number[]): void {
    const { onlyA, onlyB } = this.#log.diff(branch.tips, version);
    const first = this.#first;
    // Both come in descending order: what builds on something is undone before it, and done after it.
    for (let n = 0; n < onlyA.length; n += 2) {
      const [from, end] = [onlyA[n]!, onlyA[n + 1]!];
      this.#units.shift(from, end, -1);
      branch.seen.removeRange(from - first, end - first);
      branch.count -= end - from;
    }
    for (let n = onlyB.length - 2; n >= 0; n -= 2) {
      const [from, end] = [onlyB[n]!, onlyB[n + 1]!];
      this.#units.shift(from, end, 1);
      branch.seen.addRange(from - first, end - first);
      branch.count += end - from;
    }
    this.#units.spans.settle();
    branch.tips = version.slice();
  }

  /** Makes a branch the one at hand. */
  #use(branch: Branch): void {
    branch.usedAt = ++this.#uses;
    this.#current = branch;
    this.#units.spans.use(branch.view);
    if (this.#hasRoom(0)) return;
    const oldest = this.#vacated();
    this.#all.splice(this.#all.indexOf(oldest), 1);
    this.#units.spans.dropView(oldest.view);
  }

  #hasRoom(more: number): boolean {
    const count = this.#all.length + more;
    return count <= 3 || (count <= BRANCHES_MAX && count * this.#units.spans.size <= STATES_MAX);
  }

  /** The branch that was not written in for the longest time: not the one at hand, nor that of the newcomers. Its author has none now. */
  #vacated(): Branch {
    let oldest: Branch | null = null;
    for (const branch of this.#all) {
      const isKept = branch === this.#current || branch === this.#newcomers;
      if (!isKept && (oldest === null || branch.usedAt < oldest.usedAt)) oldest = branch;
    }
    this.#byAgent[oldest!.agent] = null;
    return oldest!;
  }
}
