import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** What a strategy is called to a reader, and what it does, in one line. */
export const STRATEGY_TITLES: Readonly<Record<StrategyName, { readonly title: string; readonly line: string }>> = {
  fugue: { title: "Fugue", line: "Our own CRDT: every character has an identity, runs stay whole." },
  yjs: { title: "Yjs", line: "The widely used CRDT: every character has an identity." },
  "lww-note": { title: "Last write wins", line: "One register for the whole note: the latest stamp stays." },
};
