/**
 * What the events of a log had seen: an event has the one before it as its parent, unless it begins a *line*. Events are named by
 * their LVs, their places in the log.
 */

import { GrowingInts } from "./growing-ints.ts";

/** LV ranges in descending order: from, end, from, end ... */
export interface VersionDiff {
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
}

export class EventGraph {
  /** Where lines of only children begin, and the parents of each. */
  readonly #lines = new GrowingInts();
  readonly #parents: (readonly number[])[] = [];
  #frontier: number[] = [];
  readonly #diff = { onlyA: [] as number[], onlyB: [] as number[], queue: [] as number[], flags: [] as number[] };

  /** The events that nobody has built upon, ascending; changes with the next event. */
  get frontier(): readonly number[] {
    return this.#frontier;
  }

  /** How many lines there are. */
  get lines(): number {
    return this.#lines.length;
  }

  /** Begins with an event of which nothing is known. Only on an empty graph. */
  beginAt(lv: number): void {
    this.#frontier = [lv];
    this.#lines.push(lv);
    this.#parents.push([]);
  }

  /** Events from `lv` on, each the parent of the next. `parents` are those of the first, ascending; null means the frontier. */
  append(lv: number, length: number, parents: readonly number[] | null): void {
    const frontier = this.#frontier;
    // A linear history touches neither the lines nor the frontier's array.
    if (parents === null ? frontier.length === 1 : parents.length === 1 && parents[0] === lv - 1) {
      if (frontier.length === 1 && frontier[0] === lv - 1) frontier[0] = lv + length - 1;
      else this.#advanceFrontier(parents ?? frontier, lv + length - 1);
    } else {
      this.#lines.push(lv);
      this.#parents.push(parents ?? frontier.slice());
      this.#advanceFrontier(parents ?? frontier, lv + length - 1);
    }
  }

  parentsOf(lv: number): readonly number[] {
    const at = this.#lines.lastAtOrBelow(lv);
    return at >= 0 && this.#lines.at(at) === lv ? this.#parents[at]! : [lv - 1];
  }

  /** Where the line that `lv` stands in began; 0 for the first one, which has no parents. */
  lineStart(lv: number): number {
    const at = this.#lines.lastAtOrBelow(lv);
    return at < 0 ? 0 : this.#lines.at(at);
  }

  /** Where the line after that of `lv` begins; at most `end`. */
  lineEnd(lv: number, end: number): number {
    const next = this.#lines.lastAtOrBelow(lv) + 1;
    return next < this.#lines.length && this.#lines.at(next) < end ? this.#lines.at(next) : end;
  }

  /**
   * What `a` has seen and `b` has not, and the other way round, as LV ranges in descending order: from, end, from, end ...
   * The arrays are used again by the next call. Cost: the lines between the two versions.
   */
  diff(a: readonly number[], b: readonly number[]): VersionDiff {
    const { onlyA, onlyB, queue, flags } = this.#diff;
    onlyA.length = onlyB.length = 0;
    let shared = 0;
    for (let n = 0; n < a.length; n++) shared += this.#push(a[n]!, 1);
    for (let n = 0; n < b.length; n++) shared += this.#push(b[n]!, 2);
    while (queue.length > shared) {
      const lv = queue.pop()!;
      const flag = flags.pop()!;
      if (flag === 3) shared--;
      const line = this.#lines.lastAtOrBelow(lv);
      const start = line < 0 ? 0 : this.#lines.at(line);
      const next = queue.length > 0 ? queue[queue.length - 1]! : -1;
      const from = next >= start ? next + 1 : start;
      if (flag === 1) onlyA.push(from, lv + 1);
      else if (flag === 2) onlyB.push(from, lv + 1);
      if (next >= start) shared += this.#push(next, flag);
      else if (line >= 0) {
        const parents = this.#parents[line]!;
        for (let n = 0; n < parents.length; n++) shared += this.#push(parents[n]!, flag);
      }
    }
    queue.length = flags.length = 0;
    return this.#diff;
  }

  /** Puts an event into the queue of `diff`, ascending. 1: seen by a, 2: by b, 3: by both. Returns 1 when it is newly shared. */
  #push(lv: number, flag: number): number {
    const { queue, flags } = this.#diff;
    let at = queue.length;
    while (at > 0 && queue[at - 1]! > lv) at--;
    if (at > 0 && queue[at - 1] === lv) {
      const held = flags[at - 1]!;
      if (held === flag || held === 3) return 0;
      flags[at - 1] = 3;
      return 1;
    }
    queue.push(lv);
    flags.push(flag);
    for (let k = queue.length - 1; k > at; k--) {
      queue[k] = queue[k - 1]!;
      flags[k] = flags[k - 1]!;
    }
    queue[at] = lv;
    flags[at] = flag;
    return flag === 3 ? 1 : 0;
  }

  /** Both `parents` and the frontier are ascending. */
  #advanceFrontier(parents: readonly number[], last: number): void {
    const frontier = this.#frontier;
    let from = frontier.length;
    // What is below the first parent stays where it is: with many who have seen little, that is most of it.
    while (from > 0 && parents.length > 0 && frontier[from - 1]! >= parents[0]!) from--;
    let kept = from;
    for (let n = from, p = 0; n < frontier.length; n++) {
      while (p < parents.length && parents[p]! < frontier[n]!) p++;
      if (parents[p] !== frontier[n]) frontier[kept++] = frontier[n]!;
    }
    // Setting the length would let go of the room.
    while (frontier.length > kept) frontier.pop();
    frontier.push(last);
  }
}
