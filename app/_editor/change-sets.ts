/** Between CodeMirror's change sets and the kernel's splices, which follow the same rule. */

import { ChangeSet, type Text } from "@codemirror/state";
import type { Splice } from "../../crdt/base/splice.ts";

export function splicesOf(changes: ChangeSet): Splice[] {
  const out: Splice[] = [];
  changes.iterChanges((fromA, toA, _fromB, _toB, inserted: Text) => {
    out.push({ index: fromA, remove: toA - fromA, insert: inserted.toString() });
  });
  return out;
}

/** `length` is of the text before the splices. */
export function changesOf(splices: readonly Splice[], length: number): ChangeSet {
  return ChangeSet.of(
    splices.map(({ index, remove, insert }) => ({ from: index, to: index + remove, insert })),
    length,
    "\n",
  );
}
