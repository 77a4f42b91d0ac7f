/** What a run knows of the edits in it, by the ids that they took: who typed what, when, and what they had before them. */

import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";

/** One edit of a run. */
export interface EditFact {
  /** Its event, by number. */
  readonly event: number;
  readonly atMs: number;
  /** Ids that it took, half-open: numbers of its author. */
  readonly firstSeq: number;
  readonly endSeq: number;
  /** Committed entries that its author then had; 0 where no node orders. */
  readonly head: number;
  /** The author's text before it, and what it did there. */
  readonly before: string;
  readonly splices: readonly Splice[];
}

export interface RunFacts {
  /** The edit that took number `seq` of `author`; null: not in this run. */
  editOf(author: ReplicaId, seq: number): EditFact | null;
  /** All edits of `author`, in order. */
  editsOf(author: ReplicaId): readonly EditFact[];
  /** Whether neither of two events came before the other. */
  isConcurrent(event: number, other: number): boolean;
}

/** Where in an edit a character was typed: the splice and the offset in what it inserted; null: the edit does not tell. */
export interface TypedPlace {
  readonly splice: number;
  readonly offset: number;
}

/** What somebody saw around the place at which they typed a character. */
export interface Seen {
  readonly left: string;
  readonly right: string;
}

const SEEN_LENGTH = 14;

/**
 * The place of number `seq` in an edit of a strategy that numbers characters. Splices are made from the last to the
 * first, each a removal and then an insertion; removals take numbers or they do not.
 */
export function placeOfSeq({ firstSeq, endSeq, splices }: EditFact, seq: number): TypedPlace | null {
  const inserted = splices.reduce((sum, { insert }) => sum + insert.length, 0);
  const removed = splices.reduce((sum, { remove }) => sum + remove, 0);
  const taken = endSeq - firstSeq;
  const takesRemovals = taken === inserted + removed;
  if (!takesRemovals && taken !== inserted) return null;
  let at = endSeq;
  for (const [splice, { insert, remove }] of splices.entries()) {
    if (seq >= at - insert.length && seq < at) return { splice, offset: seq - (at - insert.length) };
    at -= insert.length + (takesRemovals ? remove : 0);
  }
  return null;
}

/** The place of the `nth` inserted character of an edit, where it inserted `total` in all. */
export function placeOfNth({ splices }: EditFact, nth: number, total: number): TypedPlace | null {
  if (splices.reduce((sum, { insert }) => sum + insert.length, 0) !== total) return null;
  let before = 0;
  for (const [splice, { insert }] of splices.entries()) {
    if (nth < before + insert.length) return { splice, offset: nth - before };
    before += insert.length;
  }
  return null;
}

export function seenAt({ before, splices }: EditFact, { splice, offset }: TypedPlace): Seen {
  const { index, remove, insert } = splices[splice]!;
  const left = before.slice(Math.max(0, index - SEEN_LENGTH), index) + insert.slice(0, offset);
  return { left: left.slice(-SEEN_LENGTH), right: before.slice(index + remove, index + remove + SEEN_LENGTH) };
}
