/**
 * The whole note written blindly, and committed by whoever orders (in a cluster: on a majority). Linearisable, and lossy:
 * the last write that is committed stays, whatever it did not know of. What it overwrites is told as a loss. Only a
 * version check would save it (cas-diff3).
 */

import { diffText } from "../base/splice.ts";
import { contradiction } from "./ordered-log.ts";
import { orderedStrategy } from "./ordered-note.ts";
import type { Strategy } from "./strategy.ts";

export const quorumStrategy: Strategy = orderedStrategy({
  name: "quorum",
  traits: {
    losesWrites: true,
    isAvailable: false,
    isOrdered: true,
    isStockCompatible: false,
    source: "Gifford, Weighted voting for replicated data, SOSP 1979; Gilbert and Lynch, SIGACT News 2002",
  },
  isWhole: true,
  whenOvertaken: "keep",
  decide({ log, proposal: { text } }) {
    if (text === null) throw contradiction("A write of the whole note without its text");
    return { kind: "commit", entry: { kind: "committed", splices: diffText(log.text, text), lock: null } };
  },
});
