import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** What a strategy is called to a reader. */
export const STRATEGY_TITLES: Readonly<Record<StrategyName, string>> = {
  walker: "Walker",
  fugue: "Fugue (textbook)",
  fuguemax: "FugueMax (textbook)",
  rga: "RGA (textbook)",
  yjs: "Yjs",
  ot: "Operational transformation",
  "cas-diff3": "Compare and merge",
  "cas-index": "Compare and retry",
  quorum: "Quorum register",
  lease: "Lease lock",
  "lww-note": "Last write wins",
  "lww-line": "Last write wins, by line",
  "mv-note": "Multi-value",
};
