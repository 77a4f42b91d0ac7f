/**
 * The versions that people are writing in, side by side: a branch for each author. It has a view of the spans: the text as
 * that author had it. What an author has seen only grows, so a view only has to be given what is new to it, and going
 * from one author to another costs nothing; the one prepare version of the Eg-walker paper goes back and forth over
 * everything in which the two differ.
 *
 * An author without a branch gets a copy of another's, which is moved as in the paper; so is that of an author who, in
 * spite of all, has not seen what is under the same name. There are so many branches at most; the one that was not
 * written in for the longest time gives way.
 */

import type { EventLog } from "./event-log.ts";
import { GrowingBits } from "./growing-bits.ts";
import type { SpanView } from "./span-view.ts";
import type { UnitIndex } from "./unit-index.ts";

const BRANCHES_MAX = 64;
/** Spans times branches, beyond which there are fewer branches: 4 bytes each. */
const STATES_MAX = 2 ** 22;

interface Branch {
  readonly view: SpanView;
  /** What the log calls its author; -1: nobody. */
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
  readonly #byAgent: (Branch | undefined)[] = [];
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

  /** Puts the version `parents` at hand, in which event `lv` was made. Cost: the events that are new to its author. */
  goTo(parents: readonly number[], lv: number): void {
    const agent = this.#log.agentOf(lv);
    const own = this.#byAgent[agent];
    if (own !== undefined) {
      if (own !== this.#current) this.#use(own);
      if (isSame(own.tips, parents) || this.#catchUp(own, parents)) return;
    }
    this.#part(agent, parents);
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
    news.length = 0;
    // Everybody has seen what is before the tracker's beginning.
    let hasTip = tip < first;
    for (let n = 0; n < parents.length; n++) open.push(parents[n]!);
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
      for (let n = 0; n < before.length; n++) open.push(before[n]!);
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

  /** Begins the branch of an author anew, at `version`, from the branch that has least to unlearn. */
  #part(agent: number, version: readonly number[]): void {
    const source = this.#nearest(version);
    const branch = this.#byAgent[agent] ?? this.#vacant();
    if (branch !== source) {
      this.#units.spans.copyView(source.view, branch.view);
      branch.seen.become(source.seen);
      branch.count = source.count;
      branch.tips = source.tips;
    }
    branch.agent = agent;
    this.#byAgent[agent] = branch;
    this.#use(branch);
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

  /** A branch of nobody, taken from somebody when there are too many. */
  #vacant(): Branch {
    const vacant = this.#all.find(({ agent }) => agent < 0);
    if (vacant !== undefined) return vacant;
    if (!this.#hasRoom(1)) {
      const oldest = this.#oldest();
      this.#byAgent[oldest.agent] = undefined;
      return oldest;
    }
    const branch: Branch = { view: this.#units.spans.addView(), agent: -1, seen: new GrowingBits(), count: 0, tips: [], usedAt: 0 };
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
    if (!this.#hasRoom(0)) this.#drop(this.#oldest());
  }

  #hasRoom(more: number): boolean {
    const count = this.#all.length + more;
    return count <= 2 || (count <= BRANCHES_MAX && count * this.#units.spans.size <= STATES_MAX);
  }

  /** The one that was not written in for the longest time, other than the one at hand. */
  #oldest(): Branch {
    const others = this.#all.filter((branch) => branch !== this.#current);
    return others.reduce((oldest, branch) => (branch.usedAt < oldest.usedAt ? branch : oldest));
  }

  #drop(branch: Branch): void {
    this.#all.splice(this.#all.indexOf(branch), 1);
    if (branch.agent >= 0) this.#byAgent[branch.agent] = undefined;
    this.#units.spans.dropView(branch.view);
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}
