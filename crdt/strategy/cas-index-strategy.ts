/**
 * Compare and swap with a naive retry. A write is taken when nobody else has written since the version that it was made
 * on; otherwise its tab replays the same offsets on the new text. Broken on purpose: an offset means another place
 * there. Nothing is lost, and words land inside of other words.
 */

import { applySplices, snapSplices, type Splice } from "../base/splice.ts";
import { orderedStrategy } from "./ordered-note.ts";
import type { Pending } from "./ordered-rule.ts";
import type { Strategy } from "./strategy.ts";

export const casIndexStrategy: Strategy = orderedStrategy({
  name: "cas-index",
  traits: {
    losesWrites: false,
    isAvailable: false,
    isOrdered: true,
    isStockCompatible: false,
    source: "Optimistic locking by version number; Kung and Robinson, TODS 1981",
  },
  isWhole: false,
  whenOvertaken: "retry",
  decide({ proposal, isStale }) {
    return isStale ? { kind: "stale" } : { kind: "commit", entry: { kind: "committed", splices: proposal.splices, lock: null } };
  },
  overtaken({ after, pending }) {
    let text = after;
    return pending.map((each): Pending => {
      // However often it is overtaken: the offsets stay those that were typed.
      const typed = each.typed ?? each.splices;
      const splices = snapSplices(text, clamped(typed, text.length));
      text = applySplices(text, splices);
      return { ...each, splices, typed };
    });
  },
});

/** The same offsets, as far as the text reaches. */
function clamped(splices: readonly Splice[], length: number): Splice[] {
  let free = 0;
  return splices.map(({ index, remove, insert }) => {
    const from = Math.max(free, Math.min(index, length));
    free = Math.max(from, Math.min(index + remove, length));
    return { index: from, remove: free - from, insert };
  });
}
