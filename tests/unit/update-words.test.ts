import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Replica, Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";
import { encodeFrame } from "../../crdt/sync/frames.ts";
import { contentsOf } from "../../crdt/sync/inspect-frame.ts";

const ANA = replicaIdFrom(1);
const BO = replicaIdFrom(2);

async function open(name: StrategyName): Promise<{ strategy: Strategy; ana: Replica; words: (update: Uint8Array) => string }> {
  const strategy = await loadNodeStrategy(name);
  const ana = strategy.open({ replica: ANA, clock: new VirtualClock(1_000) });
  return { strategy, ana, words: (update) => strategy.describe!(update).join("\n") };
}

function edit(replica: Replica, index: number, remove: number, insert: string): Uint8Array {
  const edited = replica.edit([{ index, remove, insert }]);
  if (!edited.isAccepted) throw new Error(edited.reason);
  return edited.update;
}

describe("what an update carries", () => {
  it.each(STRATEGY_NAMES)("of %s: the words that were put in, and what was taken out", async (name) => {
    const { strategy, ana, words } = await open(name);
    expect(words(edit(ana, 0, 0, "bread"))).toContain("bread");
    const removal = words(edit(ana, 1, 3, ""));
    // A register says what it holds then, a sequence how much is gone.
    expect(removal).toMatch(/deletes (3 characters|"rea")/);
    if (strategy.traits.isOrdered) return;
    const bo = strategy.open({ replica: BO, clock: new VirtualClock(2_000) });
    bo.receive(ana.since(EMPTY_BYTES));
    expect(words(edit(bo, 2, 0, "!"))).toContain("!");
    expect(words(ana.since(EMPTY_BYTES))).not.toBe("");
  });

  it("of the walker: who, which of their events, on what", async () => {
    const { ana, words } = await open("walker");
    expect(words(edit(ana, 0, 0, "bread"))).toMatch(new RegExp(`^${ANA}:0 inserts "bread"`));
  });

  it("of Yjs: between which characters, and formats of stock clients by name", async () => {
    const { ana, words } = await open("yjs");
    edit(ana, 0, 0, "ad");
    expect(words(edit(ana, 1, 0, "x"))).toMatch(/inserts "x" between \S+:0 and \S+:1/);
  });

  it("of a register: what it holds then", async () => {
    const { ana, words } = await open("lww-note");
    edit(ana, 0, 0, "old");
    expect(words(edit(ana, 0, 3, "new"))).toMatch(/the note := "new" \(.*replaces "old" at 0 by "new"\)/);
  });

  it("of an ordered note: a proposal on an entry", async () => {
    const { ana, words } = await open("ot");
    expect(words(edit(ana, 0, 0, "bread"))).toBe(`${ANA}:1 proposes on entry 0: inserts "bread" at 0`);
  });

  it("is found in frames that have an update, and unreadable ones are told as such", async () => {
    const { strategy, ana } = await open("walker");
    const update = edit(ana, 0, 0, "bread");
    const numbered = encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update } });
    expect(contentsOf(numbered, strategy.describe!)).toEqual(strategy.describe!(update));
    expect(contentsOf(encodeFrame({ type: "ack", seq: 1 }), strategy.describe!)).toEqual([]);
    expect(contentsOf(encodeFrame({ type: "update", update: Uint8Array.of(3) }), strategy.describe!).join()).toMatch(/^unreadable/);
  });

  it("is told in a few lines, and the rest as a number", async () => {
    const { strategy, ana, words } = await open("rga");
    for (let n = 0; n < 40; n++) edit(ana, 0, 0, String(n % 10));
    const lines = words(ana.since(EMPTY_BYTES)).split("\n");
    expect(lines).toHaveLength(16);
    expect(lines.at(-1)).toBe("and 25 more");
    expect(strategy.describe!(EMPTY_BYTES)).toEqual(["carries nothing new"]);
  });
});
