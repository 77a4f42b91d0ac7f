/** A note of every strategy on three and five nodes, under every nemesis. `npm run sim` runs the same for as long as it is told to. */

import { describe, expect, it } from "vitest";
import { FabricWorld } from "../../crdt/lab/fabric-world.ts";
import { groups } from "../../crdt/network/cuts.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CHECKERS } from "./fabric/checkers.ts";
import { every, PLANTED, stormOf, withoutUpdates } from "./fabric/planted.ts";
import { FABRIC_NEMESES, runStorm } from "./fabric/storm.ts";
import { rerunOf } from "./fabric/tally.ts";

/** Of each strategy under each nemesis. */
const SEEDS = Math.ceil(5 * Number(process.env.FUZZ_SCALE ?? 1));
/** A share of all seeds, another one with each commit. */
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const NEMESES = Object.keys(FABRIC_NEMESES).filter((name) => name !== "any");
/** Within so many worlds each planted bug must be seen. */
const PLANTED_SEEDS_MAX = 60;

describe.each(STRATEGY_NAMES)("a note of %s on several nodes", async (name) => {
  const strategy = await loadNodeStrategy(name);

  // A note that any node may write has a lease for its birth alone.
  it.each(NEMESES.filter((nemesis) => nemesis !== "end-lease" || strategy.traits.isOrdered))("holds under %s", async (nemesis) => {
    let acknowledged = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const storm = await runStorm({ strategy, nemesis, seed });
      expect(storm.findings, rerunOf(name, nemesis, seed)).toEqual([]);
      acknowledged += storm.acknowledged;
    }
    // People got something written.
    expect(acknowledged).toBeGreaterThan(SEEDS * 5);
  });

  it("is the same world for the same seed", async () => {
    const hashOf = async (seed: string): Promise<string> => (await runStorm({ strategy, nemesis: "any", seed })).traceHash;
    const [first, again, other] = [await hashOf("twin"), await hashOf("twin"), await hashOf("not twin")];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

const ORDERED = (await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy))).filter(({ traits }) => traits.isOrdered);

describe.each(ORDERED)("CP side safety of $name", (strategy) => {
  it("a side without a majority saves nothing, says why, and submits it after the heal", async () => {
    const world = new FabricWorld({ strategy, seed: 1, nodes: 3 });
    const [s1, s2, s3] = world.nodes as [never, never, never];
    const [few, many] = [world.join(1, s1), world.join(2, s2)];
    await world.start();
    // Where there is a lock, it stays on the side that is about to lose its majority.
    few.note.edit([{ index: 0, remove: 0, insert: "start " }], 6);
    expect(await world.quiesce()).toBe(true);
    world.cluster.partitions.cut(groups([few.id, s1], [many.id, s2, s3]));
    await world.run(20_000);
    if (few.note.replica.lock !== undefined) few.note.acquireLock();
    const tried = few.note.edit([{ index: 0, remove: 0, insert: "few " }], 4);
    await world.run(30_000);
    const { unsaved, pause } = few.note.session.status();
    if (tried.isAccepted) expect([unsaved > 0, pause]).toEqual([true, "This side has 1 of 3 servers, so saving is paused."]);
    expect(many.note.text()).not.toContain("few");
    many.note.acquireLock();
    await world.run(60_000);
    const went = many.note.edit([{ index: 0, remove: 0, insert: "many " }], 5);
    await world.run(5_000);
    expect([went.isAccepted, many.note.session.status().unsaved]).toEqual([true, 0]);
    world.cluster.partitions.heal();
    expect(await world.quiesce()).toBe(true);
    expect(few.note.text()).toBe(many.note.text());
    expect(few.note.session.status().unsaved).toBe(0);
    if (!strategy.traits.losesWrites && tried.isAccepted) expect(many.note.text()).toMatch(/few[^]*many|many[^]*few/);
    world.close();
  });
});

describe.each(ORDERED)("the disks of a majority are lost under $name", (strategy) => {
  it("[OR6] what one node has is what is left: copies that are further begin anew, and what they had not saved is a draft", async () => {
    const world = new FabricWorld({ strategy, seed: 1, nodes: 3, ttlMs: 2_000 });
    const { cluster } = world;
    const [s1, s2, s3] = world.nodes as [never, never, never];
    const [ana, bo] = [world.join(1, s1), world.join(2, s2)];
    await world.start();
    const write = (text: string): boolean => ana.note.edit([{ index: ana.note.text().length, remove: 0, insert: text }], 0).isAccepted;
    write("everywhere");
    // S3 has it, too: whoever leads has told it so by now.
    await world.run(10_000);
    cluster.partitions.cut(groups([ana.id, bo.id, s1, s2], [s3]));
    await world.run(10_000);
    write(", on two");
    await world.run(5_000);
    expect([ana.note.session.status().unsaved, bo.note.text()]).toEqual([0, "everywhere, on two"]);
    cluster.clientLinks.set(ana.id, { up: { cut: "blackhole" } });
    write(", unsaved");
    for (const id of [s1, s2]) cluster.loseDisk(id);
    cluster.partitions.heal();
    cluster.clientLinks.heal();
    for (const id of [s1, s2]) cluster.restart(id);
    await world.run(30_000);
    for (const { note } of world.members) note.session.retryNow();
    await world.run(5_000);
    // A node that follows cannot know that Bo is further than anybody: the next entry tells.
    expect(write("!")).toBe(true);
    expect(await world.quiesce()).toBe(true);
    expect([ana, bo].map(({ note }) => note.text())).toEqual(["everywhere!", "everywhere!"]);
    expect([ana, bo].map(({ note }) => note.session.status().draft)).toEqual(["everywhere, on two, unsaved", null]);
    world.close();
  });
});

describe("both sides of a split go on where any node may write", () => {
  it.each(["walker", "yjs", "fugue"] satisfies StrategyName[])("%s", async (name) => {
    const world = new FabricWorld({ strategy: await loadNodeStrategy(name), seed: 1, nodes: 3 });
    const [s1, s2, s3] = world.nodes as [never, never, never];
    const [few, many] = [world.join(1, s1), world.join(2, s2)];
    await world.start();
    expect(await world.quiesce()).toBe(true);
    world.cluster.partitions.cut(groups([few.id, s1], [many.id, s2, s3]));
    for (const [member, word] of [
      [few, "few "],
      [many, "many "],
    ] as const)
      member.note.edit([{ index: 0, remove: 0, insert: word }], 4);
    expect(await world.quiesce()).toBe(true);
    expect([few, many].map(({ note }) => [note.text(), note.session.status().unsaved])).toEqual([
      ["few ", 0],
      ["many ", 0],
    ]);
    world.cluster.partitions.heal();
    expect(await world.quiesce()).toBe(true);
    expect([few.note.text(), few.note.text().length]).toEqual([many.note.text(), 9]);
    world.close();
  });
});

describe("what a storm has found", () => {
  // A merge that was overtaken said of the lines between two edits that they were new, and so did the other side's.
  it.each([
    ["flapping", 1_001],
    ["one-way", 1_014],
    ["split", 1_018],
    ["pause", 1_019],
  ])("cas-diff3: lines around an open question are not doubled (%s, seed %i)", async (nemesis, seed) => {
    const { findings } = await runStorm({ strategy: await loadNodeStrategy("cas-diff3"), nemesis, seed });
    expect(findings).toEqual([]);
  });
});

// What came already gone was passed on as gone, and not said to be: a node that had it as text kept it.
describe("what a storm has found in yjs", () => {
  it("what is deleted before one node has heard of it is deleted on one that has (pause, seed 700904)", async () => {
    const { findings } = await runStorm({ strategy: await loadNodeStrategy("yjs"), nemesis: "pause", seed: 700_904 });
    expect(findings).toEqual([]);
  });
});

describe("what is no bug by itself", () => {
  // Another node brings what the link lost ([CN4]), what builds on it asks for it, and each link that comes up begins with step 1 ([CN3]).
  it.each(["lww-note", "rga", "walker"] satisfies StrategyName[])(
    "links that lose every ninth frame with an update of %s",
    async (name) => {
      const strategy = await loadNodeStrategy(name);
      for (let seed = 0; seed < 3; seed++) {
        let lost = 0;
        const isNinth = every(9);
        const plant = withoutUpdates(() => isNinth() && ++lost > 0);
        expect((await runStorm({ strategy, nemesis: "split", seed, ...(plant === undefined ? {} : { plant }) })).findings).toEqual([]);
        expect(lost).toBeGreaterThan(3);
      }
    },
  );
});

describe("a planted bug is caught", () => {
  it.each(Object.entries(PLANTED).map(([name, { caughtBy }]) => [name, caughtBy] as const))("%s: by %s", async (name, caughtBy) => {
    expect([...Object.keys(CHECKERS), "no error"]).toContain(caughtBy);
    const found = new Set<string>();
    for (let seed = 0; seed < PLANTED_SEEDS_MAX && !found.has(caughtBy); seed++)
      for (const finding of (await runStorm(await stormOf(name, seed))).findings) found.add(finding.slice(0, finding.indexOf(":")));
    expect([...found]).toContain(caughtBy);
  });
});
