/**
 * All strategies by name. Loaded on demand, so that a page that shows one kind of note does not
 * carry the others.
 */

import type { NoteRelay, RelayOptions, Strategy, StrategyName } from "./strategy.ts";
import type { Describe } from "./update-words.ts";

const LOADERS: Readonly<Record<StrategyName, () => Promise<Strategy>>> = {
  walker: async () => (await import("./walker-strategy.ts")).walkerStrategy,
  yjs: async () => (await import("./yjs-strategy.ts")).yjsStrategy,
  fugue: async () => (await import("./fugue-strategy.ts")).fugueStrategy,
  fuguemax: async () => (await import("./fuguemax-strategy.ts")).fugueMaxStrategy,
  rga: async () => (await import("./rga-strategy.ts")).rgaStrategy,
  "lww-note": async () => (await import("./lww-note-strategy.ts")).lwwNoteStrategy,
  "lww-line": async () => (await import("./lww-line-strategy.ts")).lwwLineStrategy,
  "mv-note": async () => (await import("./mv-note-strategy.ts")).mvNoteStrategy,
  ot: async () => (await import("./ot-strategy.ts")).otStrategy,
  "cas-diff3": async () => (await import("./cas-diff3-strategy.ts")).casDiff3Strategy,
  "cas-index": async () => (await import("./cas-index-strategy.ts")).casIndexStrategy,
  quorum: async () => (await import("./quorum-strategy.ts")).quorumStrategy,
  lease: async () => (await import("./lease-strategy.ts")).leaseStrategy,
};

/** Relays that are apart from their strategy, so that pages do not carry them. */
const RELAYS: Readonly<Partial<Record<StrategyName, () => Promise<(options: RelayOptions) => NoteRelay>>>> = {
  walker: async () => (await import("./walker-relay.ts")).openWalkerRelay,
};

async function orderedWords(): Promise<Describe> {
  return (await import("./ordered-words.ts")).describeOrdered;
}

/** What updates carry, in words: apart from the strategies as well. */
const DESCRIBERS: Readonly<Record<StrategyName, () => Promise<Describe>>> = {
  walker: async () => (await import("./walker-words.ts")).describeWalker,
  yjs: async () => (await import("./yjs-words.ts")).describeYjs,
  fugue: async () => (await import("./textbook-words.ts")).describeFugue,
  fuguemax: async () => (await import("./textbook-words.ts")).describeFugueMax,
  rga: async () => (await import("./textbook-words.ts")).describeRga,
  "lww-note": async () => (await import("./register-words.ts")).describeLwwNote,
  "lww-line": async () => (await import("./register-words.ts")).describeLwwLine,
  "mv-note": async () => (await import("./register-words.ts")).describeMvNote,
  ot: orderedWords,
  "cas-diff3": orderedWords,
  "cas-index": orderedWords,
  quorum: orderedWords,
  lease: orderedWords,
};

/** In the order in which they are offered. */
export const STRATEGY_NAMES: readonly StrategyName[] = [
  "walker",
  "yjs",
  "lww-note",
  "lww-line",
  "mv-note",
  "fugue",
  "fuguemax",
  "rga",
  "ot",
  "cas-diff3",
  "cas-index",
  "quorum",
  "lease",
];

/** What a room becomes when a stock client is the first to write into it. */
export const STOCK_STRATEGY_NAME: StrategyName = "yjs";

export function isStrategyName(text: string): text is StrategyName {
  return Object.hasOwn(LOADERS, text);
}

/** The strategy of that name. Rejects only when its code cannot be loaded. */
export function loadStrategy(name: StrategyName): Promise<Strategy> {
  return LOADERS[name]();
}

const nodeStrategies = new Map<StrategyName, Strategy>();

/** The same, with what a node needs besides. One for all that ask. */
export async function loadNodeStrategy(name: StrategyName): Promise<Strategy> {
  const loaded = nodeStrategies.get(name);
  if (loaded !== undefined) return loaded;
  const strategy = await loadStrategy(name);
  const openRelay = await RELAYS[name]?.();
  const whole = { ...strategy, describe: await DESCRIBERS[name](), ...(openRelay === undefined ? {} : { openRelay }) };
  nodeStrategies.set(name, whole);
  return whole;
}
