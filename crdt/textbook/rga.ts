/**
 * RGA, the replicated growable array (Roh et al., JPDC 2011), as the tree that Attiya et al. (PODC 2016) show it to be,
 * on run-tree.ts.
 *
 * A character is a child of the visible character on its left. Siblings stand by descending Lamport time, then by
 * descending id: the newest stands next to its parent. Each character inserted and each one deleted takes one tick, so
 * the order is Automerge's. What is typed backwards is a row of siblings, hence words typed so at once are mixed.
 */

import { compareIdsOf, type OrderRules } from "./run-tree.ts";

export const RGA: OrderRules = {
  usesRightOrigin: false,
  usesLamport: true,
  place: ({ left }) => ({ parent: left, side: "right", rightOrigin: null }),
  compareRight: (a, b) => b.lamport - a.lamport || compareIdsOf(b, a),
};
