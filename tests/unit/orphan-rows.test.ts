/** Orphaned edits as they happen: while people type through slow links, on several nodes, and what the ledgers say of them. */

import { describe, expect, it } from "vitest";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { FabricWorld } from "../../crdt/lab/fabric-world.ts";
import { groups } from "../../crdt/network/cuts.ts";
import type { SandboxCommand } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { restoredAround } from "../../crdt/sync/restored-around.ts";
import { World } from "../../crdt/lab/world.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { orphansSentence, ruleSentence } from "../../app/_ledger/loss-text.ts";
import { lostRuns } from "../../app/_ledger/lost-runs.ts";

const TEXT = "Intro\nThe quick brown fox\nEnd";
const BY_CHARACTER = ["walker", "yjs", "fugue", "fuguemax", "rga", "ot"] as const;

const edit = (by: number, index: number, remove: number, insert: string): SandboxCommand => ({
  do: "edit",
  by,
  splices: [{ index, remove, insert }],
  caret: index + insert.length,
});

/** Two people 300 ms apart, of whom nobody is cut off: B types `very ` into the line, A deletes it `afterMs` later. */
async function slow(strategy: StrategyName, afterMs: number): Promise<Sandbox> {
  const sandbox = await Sandbox.open({ strategy, seed: 3, replicas: 2, startText: TEXT, latencyMs: 150 });
  const keys = "very ".split("").map((key, n) => ({ atMs: 40 * n, command: edit(1, 10 + n, 0, key) }));
  const timed = [...keys, { atMs: afterMs, command: edit(0, 6, 20, "") }].sort((a, b) => a.atMs - b.atMs);
  const beganAtMs = sandbox.nowMs;
  for (const { atMs, command } of timed) {
    await sandbox.advance(beganAtMs + atMs - sandbox.nowMs);
    await sandbox.act(command);
  }
  await sandbox.rest();
  return sandbox;
}

describe("while people type", () => {
  it.each(BY_CHARACTER)("%s: what crosses a deletion on its way is a row, whoever reaches the node first", async (strategy) => {
    for (const afterMs of [0, 90, 170, 250]) {
      const { ledger } = await slow(strategy, afterMs);
      expect([afterMs, ledger.losses.map(({ rule }) => rule)]).toEqual([afterMs, ["orphaned"]]);
      expect(ledger.kept).toBe(ledger.typed);
    }
    // Everything had come by then: what is deleted with the line was seen, and the rest too.
    expect((await slow(strategy, 900)).ledger.losses).toEqual([]);
  });

  it("what was deleted around it comes back as one edit of its author, for everybody", async () => {
    const sandbox = await slow("walker", 90);
    const [orphan] = sandbox.ledger.losses;
    expect(sandbox.textOf(0)).toBe("Intro\nvery End");
    const splices = restoredAround(sandbox.textOf(1), orphan!);
    expect(await sandbox.act({ do: "edit", by: 1, splices, caret: 0 })).toBeNull();
    await sandbox.rest();
    expect([sandbox.textOf(0), sandbox.textOf(1)]).toEqual(Array.from({ length: 2 }, () => "Intro\nThe very quick brown fox\nEnd"));
    expect(sandbox.ledger.losses).toEqual([orphan]);
  });

  it("a run that is run again has the same ledger", async () => {
    const sandbox = await slow("walker", 90);
    const again = await Sandbox.replay(sandbox.record());
    expect(again.ledger).toEqual(sandbox.ledger);
    expect(again.orphans).toBe(1);
    expect(sandbox.losses).toBe(0);
  });

  it.each(STRATEGY_NAMES)("%s: people who write in turn make none", async (strategy) => {
    const sandbox = await Sandbox.open({ strategy, seed: 3, replicas: 2, startText: TEXT, latencyMs: 20 });
    for (const command of [edit(1, 10, 0, "very "), edit(0, 6, 4, ""), edit(0, 11, 15, ""), edit(1, 6, 0, "so "), edit(0, 0, 6, "")]) {
      if (strategy === "lease" && command.do === "edit") {
        await sandbox.act({ do: "lock", by: 1 - command.by, act: "release" });
        await sandbox.act({ do: "lock", by: command.by, act: "ask" });
      }
      await sandbox.rest();
      expect(await sandbox.act(command)).toBeNull();
      await sandbox.rest();
    }
    expect(sandbox.ledger.losses.filter(({ rule }) => rule === "orphaned")).toEqual([]);
  });
});

describe("on three nodes", () => {
  it.each(BY_CHARACTER)("%s: writer and deleter on two sides of a split", async (name) => {
    const world = new FabricWorld({ strategy: await loadNodeStrategy(name), seed: 5, nodes: 3 });
    const [s1, s2, s3] = world.nodes;
    const [a, b] = [world.join(1, s1), world.join(2, s2)];
    await world.start();
    a.note.edit([{ index: 0, remove: 0, insert: TEXT }], TEXT.length);
    expect(await world.quiesce()).toBe(true);
    // Each goes on with their own node, which acknowledges what the other one has not seen.
    world.cluster.partitions.cut(groups([s1!], [s2!, s3!]));
    a.note.edit([{ index: 6, remove: 20, insert: "" }], 6);
    b.note.edit([{ index: 10, remove: 0, insert: "very " }], 15);
    await world.run(1_000);
    expect([b.note.text(), world.orphans]).toEqual(["Intro\nThe very quick brown fox\nEnd", []]);
    world.cluster.partitions.heal();
    expect(await world.quiesce()).toBe(true);
    expect(b.note.text()).toBe("Intro\nvery End");
    expect(world.orphans.map(({ author, winningStamp }) => [author, winningStamp.replica])).toEqual([[b.id, a.id]]);
    world.close();
  });
});

describe("who cannot tell", () => {
  it("a deleter whose tab was closed in between does not answer", async () => {
    const world = new World({ strategy: await loadNodeStrategy("walker"), seed: 5 });
    const [a, b] = [world.join(1), world.join(2)];
    await world.start();
    a.note.edit([{ index: 0, remove: 0, insert: TEXT }], TEXT.length);
    expect(await world.quiesce()).toBe(true);
    for (const member of [a, b]) world.cut(member);
    a.note.edit([{ index: 6, remove: 20, insert: "" }], 6);
    b.note.edit([{ index: 10, remove: 0, insert: "very " }], 15);
    await world.run(2_000);
    a.note.close();
    a.note = a.openNote();
    await a.note.session.start();
    for (const member of [a, b]) world.heal(member);
    expect(await world.quiesce()).toBe(true);
    expect(b.note.text()).toBe("Intro\nvery End");
    expect(world.orphans).toEqual([]);
    world.close();
  });
});

describe("the ledger's words", () => {
  const script = parseTextScenario({
    id: "two",
    init: TEXT,
    steps: [{ r: "A", del: [6, 20] }, { r: "B", ins: [10, "very "] }, { r: "B", ins: [25, "red "] }, { sync: ["A", "B"] }],
  });

  it("tell who deleted what around whose text, and that nothing of it is lost; each orphan is a row of its own", async () => {
    const column = await compareUnder(script, await recordViews(script), await loadNodeStrategy("yjs"));
    expect(column.losses).toEqual([]);
    expect(column.orphans.map(({ author, winner, inserted }) => [author, winner, inserted])).toEqual([
      ["B", "A", "very "],
      ["B", "A", "red "],
    ]);
    const runs = lostRuns(column.orphans);
    expect(runs.map(({ entries }) => entries.length)).toEqual([1, 1]);
    expect(ruleSentence({ ...runs[0]!.entries[0]!, authorName: "Bo", winnerName: "Ana" })).toBe(
      "Ana deleted what stood around it without having seen it, and Bo had typed it without having seen that: nothing of it is lost, and it stands alone.",
    );
    expect([0, 1, 2].map(orphansSentence)).toEqual([
      null,
      "1 edit was orphaned: nothing of it is lost, but it stands alone.",
      "2 edits were orphaned: nothing of them is lost, but they stand alone.",
    ]);
  });
});
