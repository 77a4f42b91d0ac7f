/**
 * A deletion of a whole thing against edits inside of it. There is no right answer, so the rule is stated: what a reader
 * is told follows from it, and no edit is dropped in silence.
 */

import { compareStamps, type Stamp } from "../base/stamp.ts";
import type { VersionVector } from "../causal/version-vector.ts";

/** `delete-wins`: gone, and the edits can be had back. `edit-wins`: it returns. `latest-stamp`: whichever was later. */
export type DeletionRule = "delete-wins" | "edit-wins" | "latest-stamp";

export interface Deletion {
  readonly stamp: Stamp;
  /** How many edits of each author the one who deleted had seen. */
  readonly seen: VersionVector;
}

export interface Fate {
  readonly isDeleted: boolean;
  /** Edits that nobody who deleted had seen, and that are gone with it: they belong into the ledger. */
  readonly lost: readonly Stamp[];
  /** Whether the two met, so that people should be told. */
  readonly hasMet: boolean;
}

/** What becomes of a thing under `rule`. `edits`: all that are known, in any order. The same on every copy that knows the same. */
export function fateOf(rule: DeletionRule, deletion: Deletion | null, edits: readonly Stamp[]): Fate {
  if (deletion === null) return { isDeleted: false, lost: [], hasMet: false };
  const unseen = edits.filter(({ replica, seq }) => seq > (deletion.seen.get(replica) ?? 0)).sort(compareStamps);
  const last = unseen.at(-1);
  if (last === undefined) return { isDeleted: true, lost: [], hasMet: false };
  const isDeleted = rule === "delete-wins" || (rule === "latest-stamp" && compareStamps(deletion.stamp, last) > 0);
  return { isDeleted, lost: isDeleted ? unseen : [], hasMet: true };
}
