import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** What a strategy does, in one line. Apart from the titles, which every page carries. */
export const STRATEGY_LINES: Readonly<Record<StrategyName, string>> = {
  walker: "Our text CRDT: a log of events, merged only where people typed at once. Runs stay whole.",
  fugue: "A tree of characters as its paper draws it: short enough to read.",
  fuguemax: "Fugue with one rule more: what was typed side by side stays so.",
  rga: "Each character follows its left neighbour, the newest first.",
  yjs: "The widely used CRDT: every character has an identity.",
  ot: "The server orders; late edits are moved over earlier ones. Needs the server to go on.",
  "cas-diff3": "A stale write is refused and merged line by line; where lines differ, the text asks.",
  "cas-index": "Broken on purpose: a stale write is repeated at the same offsets, wherever those are now.",
  quorum: "The whole note, written blindly and in one order: the last write stays, and it may know nothing of yours.",
  lease: "One writer at a time: a lock that runs out, with a queue and a fencing token.",
  "lww-note": "One register for the whole note: the latest stamp stays.",
  "lww-line": "One register for each line.",
  "mv-note": "Texts written at once stand side by side, until one is chosen.",
};
