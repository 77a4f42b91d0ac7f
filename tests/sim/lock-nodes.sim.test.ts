/** A note with a lock on several nodes: cuts, holders and nodes that stand still, crashes. M11, M13 and point 6 through the real rooms. */

import { describe, expect, it } from "vitest";
import { FABRIC_NOTE, FabricWorld, type FabricMember } from "../../crdt/lab/fabric-world.ts";
import { groups } from "../../crdt/network/cuts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import { leaseStrategy } from "../../crdt/strategy/lease-strategy.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";

const LOCK_TTL_MS = 4_000;
const TTL_MS = 2_000;

class Desk {
  readonly world: FabricWorld;
  readonly ana: FabricMember;
  readonly bo: FabricMember;

  constructor(seed: string, nodes: 3 | 5 = 3) {
    this.world = new FabricWorld({ strategy: leaseStrategy, seed, nodes, ttlMs: TTL_MS, lockTtlMs: LOCK_TTL_MS });
    const [s1, s2] = this.world.nodes as [NodeId, NodeId];
    this.ana = this.world.join(1, s1);
    this.bo = this.world.join(2, s2);
  }

  /** Ana has written, and so holds the lock. */
  async begin(isFencing: boolean): Promise<void> {
    await this.world.start();
    for (const [member, name] of [
      [this.ana, "Ana"],
      [this.bo, "Bo"],
    ] as const)
      member.note.session.setPresence({ user: { name } });
    this.ana.note.setFencing(isFencing);
    await this.world.run(3_000);
    this.write(this.ana, "base");
    await this.world.run(2_000);
    expect(this.lockOf(this.bo)).toMatchObject({ holder: this.ana.id, token: 1, isFencing });
    expect(this.bo.note.text()).toBe("base");
  }

  lockOf({ note }: FabricMember): LockState {
    return note.replica.lock!.state();
  }

  write({ note }: FabricMember, text: string): boolean {
    return note.edit([{ index: note.text().length, remove: 0, insert: text }], 0).isAccepted;
  }

  /** Bo waits in turn, and has the lock in the end. */
  async handOver(): Promise<void> {
    this.bo.note.acquireLock();
    for (let ms = 0; ms < 30_000 && this.lockOf(this.bo).holder !== this.bo.id; ms += 250) await this.world.run(250);
    expect(this.lockOf(this.bo)).toMatchObject({ holder: this.bo.id, token: 2 });
  }

  /** Everybody's text once all is healed, the nodes' as well; and what the ledger has. */
  async end(): Promise<{ texts: string[]; ledger: string[][] }> {
    const { world } = this;
    world.cluster.partitions.heal();
    world.cluster.clientLinks.heal();
    for (const id of world.nodes) {
      world.cluster.resume(id);
      world.cluster.restart(id);
    }
    await world.run(10_000);
    for (const { note } of world.members) note.session.retryNow();
    expect(await world.quiesce()).toBe(true);
    const texts = world.members.map(({ note }) => note.text());
    for (const { at } of world.members) texts.push(world.cluster.roomOf(at, FABRIC_NOTE)!.relay.document().text());
    for (const { note } of world.members) expect(note.session.status().unsaved).toBe(0);
    const ledger = world.losses.map(({ rule, author, splices }) => [rule, author, splices.map(({ insert }) => insert).join("")]);
    world.close();
    await world.run(60_000);
    expect(world.clock.pending).toBe(0);
    return { texts: [...new Set(texts)], ledger };
  }
}

const KEPT = [true, "base Bo's", "lease-stale-token", " Ana's late write"] as const;
const OVERWRITTEN = [false, "base Ana's late write", "lease-overwritten", " Bo's"] as const;

/** What keeps Ana, who holds the lock, from being heard while it runs out; the last is a node of three that is down. */
const PAUSES: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  "the holder's tab is cut off": async ({ world, ana }) => {
    world.cluster.clientLinks.set(ana.id, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    await world.run(100);
  },
  "the holder's node is cut off from the others": async ({ world, ana, bo }) => {
    const [s1, ...others] = world.nodes;
    world.cluster.partitions.cut(groups([ana.id, s1!], [bo.id, ...others]));
    await world.run(100);
  },
  "the holder's node stands still": async ({ world, ana }) => {
    world.cluster.pause(ana.at, 60_000);
    await world.run(100);
  },
  "the holder's node crashes": async ({ world, ana }) => {
    world.cluster.crash(ana.at);
    await world.run(100);
  },
  "the holder's node hears nothing and is heard": async ({ world, ana }) => {
    world.cluster.partitions.cut(world.nodes.filter((id) => id !== ana.at).map((from) => ({ from, to: ana.at })));
    world.cluster.clientLinks.set(ana.id, { up: { cut: "blackhole" } });
    await world.run(100);
  },
};

describe.each([3, 5] as const)("[M11] a stale holder on %i nodes", (nodes) => {
  describe.each(Object.entries(PAUSES))("%s", (name, pause) => {
    it.each([KEPT, OVERWRITTEN])("fencing %s: the text is %j", async (isFencing, kept, rule, lost) => {
      const desk = new Desk(`${name} ${isFencing}`, nodes);
      await desk.begin(isFencing);
      await pause(desk);
      await desk.handOver();
      expect(desk.write(desk.bo, " Bo's")).toBe(true);
      // Ana's copy still says that Ana has the lock: nobody could tell it.
      expect(desk.lockOf(desk.ana)).toMatchObject({ holder: desk.ana.id, token: 1 });
      expect(desk.write(desk.ana, " Ana's late write")).toBe(true);
      await desk.world.run(1_000);
      expect([desk.bo.note.session.status().unsaved, desk.ana.note.session.status().unsaved]).toEqual([0, 1]);
      const loser = isFencing ? desk.ana.id : desk.bo.id;
      expect(await desk.end()).toEqual({ texts: [kept], ledger: [[rule, loser, lost]] });
    });
  });
});

describe("a lock that is ended before its time", () => {
  const endLock = ({ world }: Desk): void => {
    for (const id of world.nodes) world.cluster.endLock(id, FABRIC_NOTE);
  };

  it.each([KEPT, OVERWRITTEN])(
    "fencing %s: what its holder still sends is late, and the text is %j",
    async (isFencing, kept, rule, lost) => {
      const desk = new Desk(`ended ${isFencing}`);
      await desk.begin(isFencing);
      desk.world.cluster.clientLinks.set(desk.ana.id, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
      desk.bo.note.acquireLock();
      await desk.world.run(500);
      expect(desk.lockOf(desk.bo)).toMatchObject({ holder: desk.ana.id, token: 1, queue: [desk.bo.id] });
      endLock(desk);
      await desk.world.run(500);
      expect(desk.lockOf(desk.bo)).toMatchObject({ holder: desk.bo.id, token: 2, queue: [] });
      expect(desk.write(desk.bo, " Bo's")).toBe(true);
      expect(desk.write(desk.ana, " Ana's late write")).toBe(true);
      await desk.world.run(500);
      const loser = isFencing ? desk.ana.id : desk.bo.id;
      expect(await desk.end()).toEqual({ texts: [kept], ledger: [[rule, loser, lost]] });
    },
  );

  it("is nobody's where nobody waits, and its token is higher all the same: the first write of whoever heard of it takes it", async () => {
    const desk = new Desk("ended and free");
    await desk.begin(true);
    desk.world.cluster.clientLinks.set(desk.ana.id, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    expect(desk.write(desk.ana, " Ana's late write")).toBe(true);
    endLock(desk);
    await desk.world.run(500);
    expect(desk.lockOf(desk.bo)).toMatchObject({ holder: null, token: 2 });
    desk.world.cluster.clientLinks.heal();
    await desk.world.run(5_000);
    // It was sent under a lock that had been taken away.
    expect(desk.bo.note.text()).toBe("base");
    expect(desk.write(desk.bo, " Bo's")).toBe(true);
    await desk.world.run(500);
    expect(desk.lockOf(desk.ana)).toMatchObject({ holder: desk.bo.id, token: 3 });
    expect(await desk.end()).toEqual({ texts: ["base Bo's"], ledger: [["lease-stale-token", desk.ana.id, " Ana's late write"]] });
  });
});

describe("the lock of a note on several nodes", () => {
  it("a crash of the node that orders: the lock is where it was, and the holder writes on under the same token", async () => {
    const desk = new Desk("leader crash");
    await desk.begin(true);
    const { world } = desk;
    const leader = world.nodes.find((id) => world.cluster.node(id)?.logOf(FABRIC_NOTE)?.isLeading === true)!;
    world.cluster.crash(leader);
    await world.run(1_000);
    world.cluster.restart(leader);
    for (let n = 0; n < 4; n++) {
      desk.write(desk.ana, String(n));
      await world.run(3_000);
    }
    expect(desk.lockOf(desk.bo)).toMatchObject({ holder: desk.ana.id, token: 1 });
    expect(await desk.end()).toEqual({ texts: ["base0123"], ledger: [] });
  });

  it("a holder on the side without a majority cannot renew: it is told why, and the others go on", async () => {
    const desk = new Desk("minority");
    await desk.begin(true);
    const { world, ana, bo } = desk;
    const [s1, ...others] = world.nodes;
    world.cluster.partitions.cut(groups([ana.id, s1!], [bo.id, ...others]));
    desk.write(ana, " never saved before the heal");
    await world.run(10_000);
    expect(ana.note.session.status().pause).toBe("This side has 1 of 3 servers, so saving is paused.");
    await desk.handOver();
    // Nobody has written since: what Ana wrote in good time bounces all the same, for the lock is Bo's.
    expect((await desk.end()).ledger).toEqual([["lease-stale-token", ana.id, " never saved before the heal"]]);
  });

  it("clocks that jump: however early a node gives the lock away, no two writes stand under one token", async () => {
    const desk = new Desk("clock jump");
    await desk.begin(true);
    const { world, ana, bo } = desk;
    for (const id of world.nodes) world.cluster.jumpClock(id, 60_000);
    await world.run(5_000);
    expect(desk.lockOf(bo).holder).toBe(null);
    desk.write(bo, " Bo's");
    await world.run(5_000);
    expect(desk.lockOf(ana)).toMatchObject({ holder: bo.id, token: 2 });
    expect(await desk.end()).toEqual({ texts: ["base Bo's"], ledger: [] });
  });

  it("who may not write is told who has the lock, by name", async () => {
    const desk = new Desk("names");
    // Here presence stays on one node; in the product names come from the control plane.
    desk.world.move(desk.bo, desk.ana.at);
    await desk.begin(true);
    const refused = desk.bo.note.edit([{ index: 0, remove: 0, insert: "x" }], 1);
    expect(refused).toEqual({ isAccepted: false, reason: "Ana is writing (lease 2 s left). You can write a draft." });
    desk.ana.note.session.setPresence(null);
    await desk.world.run(500);
    const unnamed = desk.bo.note.edit([{ index: 0, remove: 0, insert: "x" }], 1);
    expect(unnamed).toMatchObject({ reason: "Somebody else is writing (lease 2 s left). You can write a draft." });
    await desk.end();
  });
});
