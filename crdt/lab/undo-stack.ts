/**
 * One person's undo over a text that others change: the editor's own way (CodeMirror's history, with remote changes kept
 * out of it), for a laboratory without an editor. What would undo an edit is kept as splices and moved along with what
 * comes in. Put back text goes to the left of what others have typed at its place.
 */

import { mapSplices } from "../base/map-splices.ts";
import type { Splice } from "../base/splice.ts";

interface Undoable {
  /** Applied, they take the edit back. Offsets are in the text after everything above this one is undone. */
  readonly splices: readonly Splice[];
  /** Whether somebody else has changed what they would change. */
  readonly isOvertaken: boolean;
}

export class UndoStack {
  #done: Undoable[] = [];
  #undone: Undoable[] = [];

  /** An own edit of `before`. What was undone cannot be redone any more. */
  push(splices: readonly Splice[], before: string): void {
    this.#done.push({ splices: inverseOf(splices, before), isOvertaken: false });
    this.#undone = [];
  }

  /** Somebody else's change. */
  remote(splices: readonly Splice[]): void {
    this.#done = moved(this.#done, splices);
    this.#undone = moved(this.#undone, splices);
  }

  /** What `take` would take; null: nothing is left. */
  peek(kind: "undo" | "redo"): Undoable | null {
    return (kind === "undo" ? this.#done : this.#undone).at(-1) ?? null;
  }

  /** The last one was applied to `before`: it can be taken back in its turn. */
  take(kind: "undo" | "redo", before: string): void {
    const [from, to] = kind === "undo" ? [this.#done, this.#undone] : [this.#undone, this.#done];
    const last = from.pop();
    if (last !== undefined) to.push({ splices: inverseOf(last.splices, before), isOvertaken: false });
  }
}

/** What takes `splices` back once they were applied to `before`. */
export function inverseOf(splices: readonly Splice[], before: string): Splice[] {
  let shift = 0;
  return splices.map(({ index, remove, insert }) => {
    const inverse = { index: index + shift, remove: insert.length, insert: before.slice(index, index + remove) };
    shift += insert.length - remove;
    return inverse;
  });
}

/** A stack after `over`, which is made on the text that its top applies to. */
function moved(stack: readonly Undoable[], over: readonly Splice[]): Undoable[] {
  const out: Undoable[] = [];
  let rest: readonly Splice[] = over;
  for (const { splices, isOvertaken } of stack.toReversed()) {
    out.push({ splices: mapSplices(splices, rest, true), isOvertaken: isOvertaken || touches(splices, rest) });
    rest = mapSplices(rest, splices, false);
  }
  return out.reverse();
}

/** Whether what `b` removes is what `a` would change, or lies around where `a` would put something. */
function touches(a: readonly Splice[], b: readonly Splice[]): boolean {
  return a.some((x) =>
    b.some((y) =>
      x.remove === 0
        ? y.index < x.index && x.index < y.index + y.remove
        : Math.max(x.index, y.index) < Math.min(x.index + x.remove, y.index + y.remove),
    ),
  );
}
