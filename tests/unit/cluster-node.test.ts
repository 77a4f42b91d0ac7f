/** Nodes that have the same notes: births, replication, presence, and what is lost with a memory or a disk. */

import { describe, expect, it } from "vitest";
import { replicaNumber } from "../../crdt/base/ids.ts";
import { decodeNodeFrame } from "../../crdt/cluster/node-frames.ts";
import { bridge, groups, isolate } from "../../crdt/network/cuts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { decodeFrame } from "../../crdt/sync/frames.ts";
import { ClusterWorld, type ClusterWorldOptions, NOTE } from "../support/cluster-world.ts";
import { disagreements } from "../support/cluster-storm.ts";

const strategy = await loadNodeStrategy("yjs");
const [S1, S2, S3] = ["S1", "S2", "S3"] as [NodeId, NodeId, NodeId];

async function setUp(options: Partial<ClusterWorldOptions> = {}) {
  const world = new ClusterWorld({ seed: "node", strategy, ttlMs: 2_000, ...options });
  const [a, b] = [await world.join(S1), await world.join(S2)];
  await world.runTabs(3_000);
  const epochOf = (id: NodeId) => world.cluster.node(id)?.birthOf(NOTE)?.epoch ?? null;
  return { world, cluster: world.cluster, a, b, epochOf };
}

describe("two sides of a split", () => {
  it("[CN3] both go on, and are one text after the heal", async () => {
    const { world, cluster, a, b } = await setUp();
    world.type(a, "start ");
    await world.runTabs(500);
    cluster.partitions.cut(groups([S1, a.id], [S2, S3, b.id]));
    world.type(a, "left ");
    world.type(b, "right ");
    await world.runTabs(10_000);
    expect(world.texts()).toEqual(["start left ", "start right ", "start right "]);
    expect([a, b].map(({ note }) => note.session.status().unsaved)).toEqual([0, 0]);
    cluster.partitions.heal();
    await world.runTabs(10_000);
    expect(disagreements(world)).toEqual([]);
    expect(a.note.text()).toMatch(/^start (left right|right left) $/);
    world.close();
  });

  it("[CN3] what is cut between two nodes goes round by the third", async () => {
    const { world, cluster, a, b } = await setUp();
    cluster.partitions.cut(bridge(S3, cluster.ids));
    await world.runTabs(10_000);
    expect(cluster.node(S1)!.reach).toEqual([S1, S3]);
    world.type(a, "round");
    await world.runTabs(500);
    expect(b.note.text()).toBe("round");
    world.close();
  });

  it("[CN3] a one-way cut: what S1 says is heard until S2 gives the link up, and both converge after the heal", async () => {
    const { world, cluster, a, b } = await setUp();
    cluster.partitions.cut([
      { from: S2, to: S1 },
      { from: S3, to: S1 },
    ]);
    world.type(a, "heard");
    world.type(b, "unheard");
    await world.runTabs(500);
    expect([a, b].map(({ note }) => note.text().length)).toEqual([5, 12]);
    await world.runTabs(20_000);
    expect(cluster.node(S1)!.reach).toEqual([S1]);
    cluster.partitions.heal();
    await world.runTabs(10_000);
    expect(disagreements(world)).toEqual([]);
    world.close();
  });

  it("[CN4] an update crosses each direction of a link at most once", async () => {
    const crossed = new Map<string, number>();
    const { world, a } = await setUp({
      count: 5,
      tamper(from, to, bytes) {
        const frame = decodeNodeFrame(bytes);
        if (frame.type === "room" && decodeFrame(frame.frame).type === "update")
          crossed.set(`${from}>${to}`, (crossed.get(`${from}>${to}`) ?? 0) + 1);
        return bytes;
      },
    });
    world.type(a, "once");
    await world.runTabs(20_000);
    expect(Math.max(...crossed.values())).toBe(1);
    expect(crossed.size).toBeLessThanOrEqual(5 * 4);
    world.close();
  });
});

describe("births", () => {
  it("[CN1] two sides that open a note at once agree on one epoch", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { world, cluster, a, b, epochOf } = await setUp({ seed: `birth ${seed}` });
      expect(new Set(cluster.ids.map(epochOf)).size).toBe(1);
      expect([a, b].map(({ note }) => note.session.status().epoch)).toEqual([epochOf(S1), epochOf(S1)]);
      world.close();
    }
  });

  it("[CN1] a minority serves a note that it has, and none that it does not know", async () => {
    const world = new ClusterWorld({ seed: "unborn", strategy, ttlMs: 2_000 });
    await world.runTabs(3_000);
    world.cluster.partitions.cut(isolate(S1, world.cluster.ids));
    await world.runTabs(8_000);
    const [a, b] = [await world.join(S1), await world.join(S2)];
    world.type(a, "mine ");
    await world.runTabs(20_000);
    expect([a, b].map(({ note }) => note.session.status().connection)).not.toContain("refused");
    expect(a.note.session.status()).toMatchObject({ unsaved: 1, epoch: null });
    expect(b.note.session.status().connection).toBe("synced");
    world.cluster.partitions.heal();
    await world.runTabs(40_000);
    expect(disagreements(world)).toEqual([]);
    expect(b.note.text()).toBe("mine ");
    world.close();
  });
});

describe("a node", () => {
  it("[CN2] with an empty disk rejoins under its peers' epoch, and has no vote before it has heard from all", async () => {
    const { world, cluster, a, epochOf } = await setUp();
    world.type(a, "kept");
    await world.runTabs(1_000);
    const epoch = epochOf(S1);
    cluster.loseDisk(S1);
    cluster.partitions.cut(groups([S1, S2, a.id], [S2, S3]));
    cluster.restart(S1);
    await world.runTabs(10_000);
    expect([cluster.node(S1)!.isSettled, epochOf(S1)]).toEqual([false, epoch]);
    expect(cluster.node(S1)!.reason()).toBe("S1 has a new disk and waits until it has heard from every other server.");
    cluster.partitions.heal();
    await world.runTabs(40_000);
    expect(cluster.node(S1)!.isSettled).toBe(true);
    expect(disagreements(world)).toEqual([]);
    world.close();
  });

  it("[CN2] a new epoch comes only when every node has lost the note", async () => {
    const { world, cluster, a, b, epochOf } = await setUp();
    world.type(a, "gone");
    await world.runTabs(1_000);
    const before = epochOf(S1);
    for (const id of cluster.ids) cluster.loseDisk(id);
    cluster.restart(S1);
    cluster.restart(S2);
    await world.runTabs(40_000);
    // Two of three are there, and S3 might have it.
    expect([epochOf(S1), epochOf(S2)]).toEqual([null, null]);
    cluster.restart(S3);
    await world.runTabs(60_000);
    expect(epochOf(S3)).not.toBe(before);
    expect(new Set(cluster.ids.map(epochOf)).size).toBe(1);
    // Two histories are never merged: what a tab held is a draft only where it was not saved.
    expect([a, b].map(({ note }) => [note.session.status().epoch, note.text()])).toEqual([
      [epochOf(S1), ""],
      [epochOf(S1), ""],
    ]);
    world.close();
  });

  it("[CN5] that crashed loses nothing that it had acknowledged", async () => {
    const { world, cluster, a } = await setUp();
    cluster.partitions.cut(isolate(S1, [...cluster.ids]));
    world.type(a, "saved on S1 alone");
    await world.runTabs(1_000);
    expect(a.note.session.status().unsaved).toBe(0);
    // Nobody is left who could bring it back.
    a.note.close();
    cluster.crash(S1);
    expect(cluster.node(S1)).toBeNull();
    cluster.restart(S1);
    const other = await world.join(S1);
    await world.runTabs(5_000);
    expect([other.note.text(), world.texts()[0]]).toEqual(["saved on S1 alone", "saved on S1 alone"]);
    world.close();
  });

  it("[CN5] that is paused neither sends nor takes in, and then does so in order", async () => {
    const { world, cluster, a, b } = await setUp();
    cluster.pause(S2, 3_000);
    world.type(a, "one ");
    world.type(a, "two ");
    await world.runTabs(2_900);
    expect(b.note.text()).toBe("");
    await world.runTabs(300);
    expect(b.note.text()).toBe("one two ");
    world.close();
  });
});

describe("presence", () => {
  const here = (world: ClusterWorld, id: NodeId) =>
    [...world.cluster.node(id)!.find(NOTE)!.room.presence.table.states().keys()].sort((x, y) => x - y);

  it("[CN6] goes one hop, and is gone with its connection", async () => {
    const { world, a, b } = await setUp();
    const numbers = [a, b].map(({ id }) => replicaNumber(id));
    a.note.session.setPresence({ name: "Ana" });
    b.note.session.setPresence({ name: "Bo" });
    await world.runTabs(500);
    for (const id of world.cluster.ids) expect(here(world, id)).toEqual(numbers);
    a.note.close();
    await world.runTabs(500);
    for (const id of world.cluster.ids) expect(here(world, id)).toEqual([numbers[1]]);
    world.close();
  });

  it("[CN6] leaves no ghost when its node is out of reach, and is back after the heal", async () => {
    const { world, cluster, a, b } = await setUp();
    const numbers = [a, b].map(({ id }) => replicaNumber(id));
    a.note.session.setPresence({ name: "Ana" });
    b.note.session.setPresence({ name: "Bo" });
    await world.runTabs(500);
    cluster.partitions.cut(isolate(S1, cluster.ids));
    await world.runTabs(10_000);
    expect([S1, S2, S3].map((id) => here(world, id))).toEqual([[numbers[0]], [numbers[1]], [numbers[1]]]);
    cluster.partitions.heal();
    await world.runTabs(25_000);
    for (const id of cluster.ids) expect(here(world, id)).toEqual(numbers);
    cluster.crash(S1);
    await world.runTabs(500);
    for (const id of [S2, S3]) expect(here(world, id)).toEqual([numbers[1]]);
    world.close();
  });

  it("[CN6] follows a tab that moves to another node", async () => {
    const { world, cluster, a } = await setUp();
    a.note.session.setPresence({ name: "Ana" });
    await world.runTabs(500);
    cluster.crash(S1);
    cluster.place(a.id, S3);
    await world.runTabs(20_000);
    for (const id of [S2, S3]) expect(here(world, id)).toEqual([replicaNumber(a.id)]);
    world.close();
  });
});
