/** M11: the holder of a lease pauses beyond its time, and comes back to write. */

import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { tokenAfter } from "../../crdt/cluster/lease.ts";
import type { LogMessage } from "../../crdt/cluster/node-frames.ts";
import { decodeNodeFrame } from "../../crdt/cluster/node-frames.ts";
import { SetnxLock } from "../../crdt/cluster/setnx-lock.ts";
import { groups, isolate } from "../../crdt/network/cuts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import { OrderedWorld } from "../support/ordered-world.ts";

describe("[M11] a lock on one node", () => {
  const setUp = (checksOwner: boolean) => {
    const clock = new VirtualClock();
    return { clock, lock: new SetnxLock({ clock, ttlMs: 10_000, checksOwner }) };
  };

  it("without a look at the owner: A's unlock frees B's lock", () => {
    const { clock, lock } = setUp(false);
    expect(lock.acquire("A")).toBe(true);
    expect(lock.acquire("B")).toBe(false);
    clock.advance(12_000);
    expect(lock.acquire("B")).toBe(true);
    expect(lock.release("A")).toBe("B");
    expect(lock.acquire("C")).toBe(true);
  });

  it("with it: B keeps its lock, and still nothing stops what A writes", () => {
    const { clock, lock } = setUp(true);
    lock.acquire("A");
    clock.advance(12_000);
    lock.acquire("B");
    expect(lock.release("A")).toBeNull();
    expect(lock.owner).toBe("B");
    expect(lock.release("B")).toBe("B");
  });
});

describe("the majority's lease", () => {
  it("[LE2] no two nodes ever have one token, and each is above those before", () => {
    const prng = createPrng("tokens");
    for (let n = 0; n < 1_000; n++) {
      const [count, before] = [prng.int(1, 8), prng.int(0, 1_000)];
      const tokens = Array.from({ length: count }, (_, index) => tokenAfter(before, index, count));
      expect(new Set(tokens).size).toBe(count);
      expect(Math.min(...tokens)).toBeGreaterThan(before);
      expect(tokens.every((token, index) => token % count === index)).toBe(true);
    }
  });

  /** The holder checks its lease, stands still in the middle of its write, and goes on when another has written. */
  function staleWrite(hasFencing: boolean) {
    const world = new OrderedWorld({ seed: "M11", hasFencing, ttlMs: 10_000 });
    world.run(30_000);
    const { cluster, prng } = world;
    const holder = cluster.ids.find((id) => world.list(id)?.log?.isLeading === true)!;
    const before = world.list(holder)!.log!.authority.token()!;
    const others = cluster.ids.filter((id) => id !== holder);
    // What it sends leaves it and does not arrive before it is too late.
    cluster.partitions.cut(others.map((to) => ({ from: holder, to })));
    expect(world.list(holder)!.propose("stale")).toBeNull();
    cluster.pause(holder, 40_000);
    world.run(30_000);
    const next = others.find((id) => world.list(id)?.log?.isLeading === true)!;
    const after = world.list(next)!.log!.authority.token()!;
    world.write(next, prng, "fresh");
    world.run(1_000);
    return { world, holder, next, before, after };
  }

  it("[LE3] [M11] fencing: the next holder has a higher token, and the stale write is refused", () => {
    const { world, holder, next, before, after } = staleWrite(true);
    expect(after).toBeGreaterThan(before);
    const log = world.list(next)!.log!;
    const length = log.length;
    // The stale holder's append, as it was sent before the pause.
    const stale: LogMessage = {
      type: "append",
      token: before,
      length: 1,
      lastToken: log.read()[0]!.token,
      committed: 1,
      entries: [{ token: before, kind: "entry", bytes: new TextEncoder().encode("stale") }],
    };
    log.receive(holder, stale);
    expect([log.length, world.list(next)!.words]).toEqual([length, ["fresh"]]);
    world.cluster.partitions.heal();
    world.run(60_000);
    // Nobody had been told that the stale one was saved.
    expect([...world.finals().values()]).toEqual([["fresh"], ["fresh"], ["fresh"]]);
    expect(world.history.check(world.finals())).toEqual([]);
    world.close();
  });

  it("[M11] no fencing: the stale write overwrites what was acknowledged", () => {
    const { world, holder, next, before } = staleWrite(false);
    const log = world.list(next)!.log!;
    expect(log.read().map(({ bytes }) => new TextDecoder().decode(bytes))).toContain("fresh");
    log.receive(holder, {
      type: "append",
      token: before,
      length: 1,
      lastToken: log.read()[0]!.token,
      committed: 2,
      entries: [{ token: before, kind: "entry", bytes: new TextEncoder().encode("stale") }],
    });
    expect(log.read().map(({ bytes }) => new TextDecoder().decode(bytes))).not.toContain("fresh");
    world.close();
  });

  it("[LE5] a lease that is ended goes to another node under a higher token; a holder that stood still finds its own too low", () => {
    const world = new OrderedWorld({ seed: "ended", ttlMs: 10_000 });
    world.run(30_000);
    const { cluster } = world;
    const holder = cluster.ids.find((id) => world.list(id)?.log?.isLeading === true)!;
    const lease = world.list(holder)!.log!.lease;
    const before = lease.token!;
    cluster.pause(holder, 3_000);
    const [noteId] = cluster.node(holder)!.notes;
    for (const id of cluster.ids) cluster.endLease(id, noteId!);
    // Long before the TTL is over.
    world.run(2_500);
    const next = cluster.ids.find((id) => id !== holder && world.list(id)?.log?.isLeading === true)!;
    // It has heard of nothing.
    expect(lease.token).toBe(before);
    expect(world.list(next)!.log!.lease.token).toBeGreaterThan(before);
    world.run(1_000);
    expect([lease.token, lease.promised > before, lease.leader]).toEqual([null, true, next]);
    expect(world.history.check(world.finals())).toEqual([]);
    world.close();
  });

  it("[LE5] who holds it when it is ended lets the others ask first", () => {
    const world = new OrderedWorld({ seed: "ended awake", ttlMs: 10_000 });
    world.run(30_000);
    const { cluster } = world;
    const leaderOf = (): NodeId | undefined => cluster.ids.find((id) => world.list(id)?.log?.isLeading === true);
    for (let n = 0; n < 10; n++) {
      const before = leaderOf()!;
      const [noteId] = cluster.node(before)!.notes;
      for (const id of cluster.ids) cluster.endLease(id, noteId!);
      expect(leaderOf()).toBeUndefined();
      world.run(8_000);
      expect([leaderOf() === undefined, leaderOf() === before]).toEqual([false, false]);
    }
    world.close();
  });

  it("[LE4] a side without a majority says so, computed from what it reaches", () => {
    const world = new OrderedWorld({ seed: "sentence" });
    world.run(5_000);
    const { cluster } = world;
    cluster.partitions.cut(isolate("S1", cluster.ids));
    world.run(20_000);
    const log = world.list("S1")!.log!;
    expect([log.authority.token(), log.authority.reason()]).toEqual([null, "This side has 1 of 3 servers, so saving is paused."]);
    const leader = cluster.ids.find((id) => world.list(id)?.log?.isLeading === true)!;
    const follower = cluster.ids.find((id) => id !== leader && id !== "S1")!;
    expect(world.list(follower)!.log!.authority.reason()).toBe(`${leader} orders this note.`);
    expect(log.append(new Uint8Array(1))).toBeNull();
    world.close();
  });

  it("[OL1] [M12] five nodes split 3 | 2: the majority commits, the minority refuses and catches up after the heal", () => {
    const world = new OrderedWorld({ seed: "M12", count: 5 });
    world.run(10_000);
    const { cluster, prng } = world;
    const [minority, majority] = [cluster.ids.slice(0, 2), cluster.ids.slice(2)];
    cluster.partitions.cut(groups(minority, majority));
    world.run(15_000);
    for (const id of minority) {
      expect(world.list(id)!.propose("refused")).toBe("This side has 2 of 5 servers, so saving is paused.");
      expect(world.list(id)!.log!.append(new Uint8Array(1))).toBeNull();
    }
    // What a follower takes in goes to whoever leads.
    const words = majority.map((id) => world.write(id, prng));
    world.run(1_000);
    expect(words.every((word) => world.isAnswered(word))).toBe(true);
    expect(world.list("S1")!.words).toEqual([]);
    cluster.partitions.heal();
    world.run(20_000);
    expect([...world.list("S1")!.words].sort()).toEqual([...words].sort());
    expect(world.history.check(world.finals())).toEqual([]);
    world.close();
  });

  it("[LE1] [M13] [M14] a leader that can send and not hear: it steps down, and then another leads", () => {
    const world = new OrderedWorld({ seed: "M13" });
    world.run(10_000);
    const { cluster, prng } = world;
    const leader = cluster.ids.find((id) => world.list(id)!.log!.isLeading)!;
    const token = world.list(leader)!.log!.authority.token()!;
    cluster.partitions.cut(cluster.ids.filter((id) => id !== leader).map((from) => ({ from, to: leader })));
    // It commits where the others hear it, and does not learn of it: whoever wrote there cannot know.
    expect(world.list(leader)!.propose("indeterminate")).toBeNull();
    world.run(2_000);
    expect(world.list(leader)!.log!.authority.token()).toBeNull();
    world.run(20_000);
    const next = cluster.ids.find((id) => world.list(id)!.log!.isLeading)!;
    expect(next).not.toBe(leader);
    expect(world.list(next)!.log!.authority.token()).toBeGreaterThan(token);
    expect(world.list(next)!.words).toEqual(["indeterminate"]);
    expect(world.list(leader)!.words).toEqual([]);
    // M14: asked again after the heal it is there once.
    cluster.partitions.heal();
    world.run(10_000);
    world.write(leader, prng, "indeterminate");
    world.run(10_000);
    expect([...world.finals().values()]).toEqual([["indeterminate"], ["indeterminate"], ["indeterminate"]]);
    world.close();
  });

  it("[LE1] two that ask at once do not keep each other from it", () => {
    for (let seed = 0; seed < 50; seed++) {
      const world = new OrderedWorld({ seed: `duel ${seed}`, count: 5 });
      world.run(20_000);
      expect(world.cluster.ids.filter((id) => world.list(id)?.log?.isLeading === true)).toHaveLength(1);
      world.close();
    }
  });
});

it("[CN5] what is not a frame is refused with DecodeError and nothing else", () => {
  const prng = createPrng("node frames");
  let refused = 0;
  for (let n = 0; n < 5_000; n++) {
    const bytes = Uint8Array.from({ length: prng.int(0, 24) }, (_, at) => (at === 0 ? prng.int(0, 8) : prng.int(0, 256)));
    try {
      decodeNodeFrame(bytes);
    } catch (error) {
      expect((error as Error).name).toBe("DecodeError");
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(4_000);
});
