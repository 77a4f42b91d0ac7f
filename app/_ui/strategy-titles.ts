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
  "lww-note": { title: "Last write wins", line: "One register for the whole note: the latest stamp stays." },
  "lww-line": { title: "Last write wins, by line", line: "One register for each line." },
  "mv-note": { title: "Multi-value", line: "Texts written at once stand side by side, until one is chosen." },
};
