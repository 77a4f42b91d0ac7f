/** How an orphaned edit comes back into what it was typed into: an ordinary edit, which can be undone. Pure. */

import type { Splice } from "../base/splice.ts";
import type { Loss } from "../strategy/strategy.ts";

/**
 * What puts the deleted passage back around the words, where they stand in `text` nearest to their place in the ledger;
 * where they are gone, the passage without them at that place. Empty for what is no orphan.
 */
export function restoredAround(text: string, { splices, around }: Pick<Loss, "splices" | "around">): Splice[] {
  const [first] = splices;
  if (first === undefined || around === undefined) return [];
  const { index, insert } = first;
  const { before, after } = around;
  const at = nearest(text, insert, index);
  const made: Splice[] =
    at === null
      ? [{ index: Math.min(index, text.length), remove: 0, insert: before + after }]
      : [
          { index: at, remove: 0, insert: before },
          { index: at + insert.length, remove: 0, insert: after },
        ];
  return made.filter((splice) => splice.insert !== "");
}

/** The place of `words` in `text` that is nearest to `index`; null: there is none. */
function nearest(text: string, words: string, index: number): number | null {
  const before = text.lastIndexOf(words, index);
  const after = text.indexOf(words, index);
  if (before < 0 || after < 0) return before < 0 && after < 0 ? null : Math.max(before, after);
  return index - before <= after - index ? before : after;
}
