/**
 * Operational transformation of splice lists: what one change becomes when another, made on the same text, comes
 * first. The rule is CodeMirror's (its ChangeSet.map is the oracle in tests): of two changes that begin at one place the
 * shorter removal goes first, of equally long ones the flag decides. With the flag set on one side only, both
 * ways round lead to the same text (TP1), which is all that a single order needs.
 */

import type { Splice } from "./splice.ts";

/**
 * `splices` as they apply after `over`, where both were made on the same text. `isBefore`: at equal places `splices`
 * goes left. What both remove is removed once. Lists may hold an insertion and a removal at one place as two
 * splices: they are kept apart, since their length decides. Cost: linear in both.
 */
export function mapSplices(splices: readonly Splice[], over: readonly Splice[], isBefore: boolean): Splice[] {
  if (splices.length === 0 || over.length === 0) return [...splices];
  const mine = new Walk(splices);
  const theirs = new Walk(over);
  const out = new Mapped();
  /** The splice of ours whose insertion has its place already. */
  let placed = -1;
  for (;;) {
    if (!mine.isChange && !theirs.isChange) {
      const length = Math.min(mine.left, theirs.left);
      if (length === Infinity) return out.splices;
      out.keep(length);
      mine.skip(length);
      theirs.skip(length);
    } else if (theirs.isChange && (!mine.isChange || placed === mine.ordinal || (mine.isWhole && goesFirst(theirs, mine, isBefore)))) {
      // Theirs stands; of ours only insertions are left inside of what they removed.
      out.keep(theirs.insert.length);
      for (let rest = theirs.left; rest > 0;) {
        const length = Math.min(mine.left, rest);
        if (mine.isChange && placed < mine.ordinal && mine.left <= length) {
          out.replace(0, mine.insert);
          placed = mine.ordinal;
        }
        mine.skip(length);
        rest -= length;
      }
      theirs.next();
    } else {
      // Ours, up to the next insertion of theirs inside of what we remove.
      let removed = 0;
      let rest = mine.left;
      while (rest > 0) {
        if (!theirs.isChange) {
          const length = Math.min(rest, theirs.left);
          removed += length;
          rest -= length;
          theirs.skip(length);
        } else if (theirs.insert === "" && theirs.left < rest) {
          rest -= theirs.left;
          theirs.next();
        } else break;
      }
      out.replace(removed, placed < mine.ordinal ? mine.insert : "");
      placed = mine.ordinal;
      mine.skip(mine.left - rest);
    }
  }
}

function goesFirst(theirs: Walk, mine: Walk, isBefore: boolean): boolean {
  return theirs.left < mine.left || (theirs.left === mine.left && !isBefore);
}

/** Reads a list from left to right as stretches that stay and changes, in pieces of any length. */
class Walk {
  /** Whether this stretch is a change; otherwise it stays. */
  isChange = false;
  /** Units of the old text that are left of this stretch. */
  left = 0;
  insert = "";
  /** Which change this is, from 0. */
  ordinal = -1;
  /** Whether nothing of this stretch was skipped. */
  isWhole = true;
  readonly #splices: readonly Splice[];
  #at = 0;
  #next = 0;

  constructor(splices: readonly Splice[]) {
    this.#splices = splices;
    this.next();
  }

  skip(length: number): void {
    if (length === this.left) {
      this.next();
      return;
    }
    this.left -= length;
    this.isWhole = false;
  }

  next(): void {
    const splice = this.#splices[this.#next];
    this.isWhole = true;
    if (splice === undefined || splice.index > this.#at) {
      this.isChange = false;
      this.insert = "";
      this.left = (splice?.index ?? Infinity) - this.#at;
      this.#at = splice?.index ?? Infinity;
      return;
    }
    this.isChange = true;
    this.ordinal = this.#next++;
    this.left = splice.remove;
    this.insert = splice.insert;
    this.#at = splice.index + splice.remove;
  }
}

/** Builds a list in which removals that touch are one, and insertions that touch are one, but not one with the other. */
class Mapped {
  readonly splices: Splice[] = [];
  #index = 0;

  keep(length: number): void {
    this.#index += length;
  }

  replace(remove: number, insert: string): void {
    if (remove === 0 && insert === "") return;
    const last = this.splices.at(-1);
    if (last !== undefined && last.index + last.remove === this.#index) {
      const isOneRemoval = last.insert === "" && insert === "";
      if (isOneRemoval || (last.remove === 0 && remove === 0)) {
        this.splices[this.splices.length - 1] = { index: last.index, remove: last.remove + remove, insert: last.insert + insert };
        this.#index += remove;
        return;
      }
    }
    this.splices.push({ index: this.#index, remove, insert });
    this.#index += remove;
  }
}
