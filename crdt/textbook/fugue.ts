/**
 * Fugue, from Weidner and Kleppmann, The Art of the Fugue (arXiv 2305.00583), on the tree of run-tree.ts.
 *
 * A character typed after `a` becomes a right child of `a` when `a` has none, else a left child of what follows `a`.
 * Siblings stand by lower replica id. So runs typed forwards and backwards stay whole, but for rare cases: see fuguemax.ts.
 */

import { compareIdsOf, type Gap, type OrderRules, type Place } from "./run-tree.ts";

export function fuguePlace({ left, next, hasRightChildren }: Gap): Pick<Place, "parent" | "side"> {
  return hasRightChildren ? { parent: next, side: "left" } : { parent: left, side: "right" };
}

export const FUGUE: OrderRules = {
  usesRightOrigin: false,
  usesLamport: false,
  place: (gap) => ({ ...fuguePlace(gap), rightOrigin: null }),
  compareRight: compareIdsOf,
};
