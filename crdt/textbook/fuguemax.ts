/**
 * FugueMax, from Weidner and Kleppmann, The Art of the Fugue (arXiv 2305.00583), section on maximal non-interleaving, on
 * the tree of run-tree.ts.
 *
 * Fugue in all but one thing: right siblings stand by their right origins, the farther one first, and only then by
 * lower id. So what was typed next to a character that others had not seen stays next to it.
 */

import { fuguePlace } from "./fugue.ts";
import { compareIdsOf, type OrderRules } from "./run-tree.ts";

export const FUGUEMAX: OrderRules = {
  usesRightOrigin: true,
  usesLamport: false,
  place: (gap) => ({ ...fuguePlace(gap), rightOrigin: gap.next }),
  compareRight: (a, b, order) => order(b.rightOrigin, a.rightOrigin) || compareIdsOf(a, b),
};
