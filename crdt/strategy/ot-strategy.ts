/**
 * Operational transformation as CodeMirror's collab does it: one node orders, a late proposal is moved over what was
 * committed since it was made, and a tab moves its own edits over what arrives. At one place the earlier arrival stays
 * left. The arithmetic is base/map-splices.ts; @codemirror/collab is the oracle in tests.
 */

import { orderedStrategy } from "./ordered-note.ts";
import type { Strategy } from "./strategy.ts";

export const otStrategy: Strategy = orderedStrategy({
  name: "ot",
  traits: {
    losesWrites: false,
    isAvailable: false,
    isOrdered: true,
    isStockCompatible: false,
    source: "Ellis and Gibbs, SIGMOD 1989; Nichols et al., Jupiter, UIST 1995; @codemirror/collab 6",
  },
  isWhole: false,
  whenOvertaken: "rebase",
  decide(input) {
    const splices = input.moved();
    return splices === null ? { kind: "stale" } : { kind: "commit", entry: { kind: "committed", splices, lock: null } };
  },
});
