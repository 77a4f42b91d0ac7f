/**
 * Folders in folders, as a set of moves that only grows; three ways to read one tree from it. Two people who move two folders into each
 * other at once make a circle: what each rule makes of that is all that they differ in.
 *
 * `lww`: each folder is where its last move says; a circle hangs on nothing, and is seen by nobody. `move`: moves are done in
 * the order of their stamps, and one that would close a circle is passed over (Kleppmann et al., A highly-available move operation
 * for replicated trees, 2021; done anew from the beginning, where they undo and redo). `reattach`: as `lww`, and folders
 * that hang on nothing are put back by their newest move whose goal does not (Wallace, CRDT: Mutable Tree Hierarchy, 2022; by stamps, where he counts).
 */

import { compareStamps, type Stamp } from "../base/stamp.ts";

export interface Move {
  readonly stamp: Stamp;
  readonly folder: string;
  /** null: the root. */
  readonly into: string | null;
}

export type FolderRule = "lww" | "move" | "reattach";

/** Commutative, associative, idempotent: ascending by stamp. */
export function mergeMoves(a: readonly Move[], b: readonly Move[]): readonly Move[] {
  return [...a, ...b.filter(({ stamp }) => a.every((known) => compareStamps(known.stamp, stamp) !== 0))].sort((x, y) =>
    compareStamps(x.stamp, y.stamp),
  );
}

/** Paths of all folders that can be reached from the root, sorted. Cost: quadratic in moves at worst. */
export function pathsOf(rule: FolderRule, moves: readonly Move[]): string[] {
  const parents = rule === "move" ? inOrder(moves) : new Map(moves.map(({ folder, into }) => [folder, into]));
  if (rule === "reattach") reattach(parents, moves);
  return [...parents.keys()].flatMap((folder) => pathOf(parents, folder) ?? []).sort();
}

function inOrder(moves: readonly Move[]): Map<string, string | null> {
  const parents = new Map<string, string | null>();
  for (const { folder, into } of moves) if (into === null || !isWithin(parents, into, folder)) parents.set(folder, into);
  return parents;
}

function reattach(parents: Map<string, string | null>, moves: readonly Move[]): void {
  const isRooted = (folder: string | null): boolean => folder === null || pathOf(parents, folder) !== null;
  for (;;) {
    const back = moves.findLast(({ folder, into }) => !isRooted(folder) && isRooted(into));
    if (back === undefined) return;
    parents.set(back.folder, back.into);
  }
}

/** Whether `folder` is `other`, or somewhere in it. */
function isWithin(parents: ReadonlyMap<string, string | null>, folder: string, other: string): boolean {
  for (let at: string | null | undefined = folder; at != null; at = parents.get(at)) if (at === other) return true;
  return false;
}

/** null: it does not hang on the root. */
function pathOf(parents: ReadonlyMap<string, string | null>, folder: string): string | null {
  const names: string[] = [];
  for (let at: string | null | undefined = folder; at !== null; at = parents.get(at)) {
    if (at === undefined || names.includes(at)) return null;
    names.unshift(at);
  }
  return names.join("/");
}
