/** What a journal says of nodes, in words, and read back. */

import { expect, it } from "vitest";
import { CLEAR } from "../../crdt/network/conditions.ts";
import { type FabricFact, factKey, factOf, factWords } from "../../crdt/network/fabric-facts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";

const [S1, S2] = ["S1", "S2"] as [NodeId, NodeId];

const FACTS: readonly (readonly [words: string, fact: FabricFact])[] = [
  ["nodes 5 lease 5000", { what: "nodes", count: 5, leaseMs: 5_000 }],
  [
    'link S1>S2 {"latencyMs":300,"jitterMs":0,"jitter":"uniform","bandwidthBitsPerS":9600,"cut":"blackhole","flap":null}',
    { what: "link", from: S1, to: S2, set: { ...CLEAR, latencyMs: 300, bandwidthBitsPerS: 9_600, cut: "blackhole" } },
  ],
  ["node S2 down", { what: "node", node: S2, state: "down" }],
  ["paused S2 9000", { what: "paused", node: S2, durationMs: 9_000 }],
  ["slow S1 0", { what: "slow", node: S1, extraMs: 0 }],
  ["lost S2", { what: "lost", node: S2 }],
  ["at S1", { what: "at", node: S1 }],
  ["leads S2", { what: "leads", node: S2 }],
];

it.each(FACTS)("%s", (words, fact) => {
  expect([factWords(fact), factOf(words)]).toEqual([words, fact]);
});

it.each([
  "S2 crashed: its memory is lost",
  "partition: cut S1>S2",
  "link S1 to S2: {}",
  "link S1>S1 {}",
  "link S1>S2 {oops",
  "node S2 sideways",
  "node S0 up",
  "paused S2 soon",
  "at S2 now",
  "nodes many lease 5000",
  "nodes 3",
  "",
])("%j is no fact", (words) => {
  expect(factOf(words)).toBeNull();
});

it("what is said of one thing replaces what was said of it before, and nothing else", () => {
  const keys = FACTS.map(([, fact]) => factKey(fact));
  expect(keys).toEqual(["nodes", "link S1>S2", "node S2", "node S2", "slow S1", "node S2", "at", "leads"]);
});
