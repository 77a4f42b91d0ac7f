import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** What a strategy is called to a reader, and what it does, in one line. */
export const STRATEGY_TITLES: Readonly<Record<StrategyName, { readonly title: string; readonly line: string }>> = {
  walker: { title: "Walker", line: "Our text CRDT: a log of events, merged only where people typed at once. Runs stay whole." },
  fugue: { title: "Fugue (textbook)", line: "A tree of characters as its paper draws it: short enough to read." },
  fuguemax: { title: "FugueMax (textbook)", line: "Fugue with one rule more: what was typed side by side stays so." },
  rga: {
    title: "RGA (textbook)",
    line: "Each character follows its left neighbour, the newest first.",
  },
  yjs: { title: "Yjs", line: "The widely used CRDT: every character has an identity." },
  ot: {
    title: "Operational transformation",
    line: "The server orders; late edits are moved over earlier ones. Needs the server to go on.",
  },
  "cas-diff3": {
    title: "Compare and merge",
    line: "A stale write is refused and merged line by line; where lines differ, the text asks.",
  },
  "cas-index": {
    title: "Compare and retry",
    line: "Broken on purpose: a stale write is repeated at the same offsets, wherever those are now.",
  },
  quorum: {
    title: "Quorum register",
    line: "The whole note, written blindly and in one order: the last write stays, and it may know nothing of yours.",
  },
  lease: {
    title: "Lease lock",
    line: "One writer at a time: a lock that runs out, with a queue and a fencing token.",
  },
  "lww-note": { title: "Last write wins", line: "One register for the whole note: the latest stamp stays." },
  "lww-line": { title: "Last write wins, by line", line: "One register for each line." },
  "mv-note": { title: "Multi-value", line: "Texts written at once stand side by side, until one is chosen." },
};
