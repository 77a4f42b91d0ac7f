import { describe, expect, it } from "vitest";
import { decodeNodeFrame, encodeNodeFrame, type NodeFrame } from "../../crdt/cluster/node-frames.ts";
import type { NodeStore } from "../../crdt/cluster/node-store.ts";
import { ClusterWorld, type ClusterWorldOptions } from "../support/cluster-world.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { stormTabs } from "../support/cluster-storm.ts";
import { ANY_NEMESIS, END_LEASE, NEMESES } from "../support/nemeses.ts";
import { OrderedWorld, stormOrdered } from "../support/ordered-world.ts";

const SEEDS = Math.ceil(90 * Number(process.env.FUZZ_SCALE ?? 1));
/** Pinned seeds first, then those of this commit. */
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);

/** Within so many worlds each planted bug must be seen; the slowest takes 70. */
const PLANTED_SEEDS_MAX = 200;

const rerunOf = (seed: number, title: string): string =>
  `rerun: FUZZ_SEED=${seed} FUZZ_SCALE=0.01 npx vitest run --config tests/vitest.config.ts tests/sim/cluster.sim.test.ts -t "${title}"`;

/** Three nodes, and five in each fourth world. */
const countOf = (seed: number): number => (seed % 4 === 3 ? 5 : 3);

describe("the lease and the log [LE1] [LE2] [OL1] [OL2] [OL3]", () => {
  it.each(Object.entries({ ...NEMESES, "ended leases": END_LEASE, "any of them": ANY_NEMESIS }))("hold under %s", (name, nemesis) => {
    let reigns = 0;
    for (let n = 0; n < SEEDS; n++) {
      const seed = FIRST_SEED + n;
      const world = new OrderedWorld({ seed, count: countOf(seed) });
      expect(stormOrdered(world, nemesis, seed), rerunOf(seed, `hold under ${name}`)).toEqual([]);
      expect(world.history.acknowledged).toBe(40 + world.cluster.ids.length);
      reigns += world.history.reigns;
      world.close();
      world.run(60_000);
      expect(world.clock.pending, rerunOf(seed, `hold under ${name}`)).toBe(0);
    }
    // The storms are storms: leaders fall.
    expect(reigns).toBeGreaterThan(SEEDS * 1.5);
  });

  it("a claim that a higher one has overtaken is no claim any more: it would be granted on the word of old logs", () => {
    const overtaken = 45_672_197;
    const world = new OrderedWorld({ seed: overtaken, count: countOf(overtaken) });
    expect(stormOrdered(world, END_LEASE, overtaken), rerunOf(overtaken, "hold under ended leases")).toEqual([]);
    world.close();
  });

  it("are the same for the same seed", () => {
    const hashOf = (seed: string): string => {
      const world = new OrderedWorld({ seed });
      stormOrdered(world, ANY_NEMESIS, seed);
      world.close();
      return world.traceHash();
    };
    expect(hashOf("golden")).toBe("2e66482096033443");
    expect(hashOf("golden")).toBe(hashOf("golden"));
    expect(hashOf("golden")).not.toBe(hashOf("other"));
  });
});

type Planted = (world: () => OrderedWorld) => Partial<ClusterWorldOptions>;

/** Changes frames of one kind on their way between nodes. */
function altering(change: (frame: NodeFrame) => NodeFrame): Planted {
  return () => ({ tamper: (_from, _to, frame) => encodeNodeFrame(change(decodeNodeFrame(frame))) });
}

const withStore =
  (wrap: (store: NodeStore, world: () => OrderedWorld) => Partial<NodeStore>): Planted =>
  (world) => ({ wrapStore: (_id, store) => ({ ...store, ...wrap(store, world) }) });

const PLANTED: Readonly<Record<string, Planted>> = {
  "a promise that is not kept on disk": withStore(() => ({ promise: () => undefined })),
  "a token that is not checked where a write is appended": () => ({ hasFencing: false }),
  "a majority of one": () => ({ quorum: 1 }),
  "a commit before the disk has it": withStore((store, world) => ({
    sync(done) {
      store.sync(() => undefined);
      world().clock.setTimer(0, done);
    },
  })),
  "a leader that does not adopt": altering((frame) =>
    frame.type === "lease" && frame.message.type === "grant"
      ? { ...frame, message: { ...frame.message, tail: { length: 0, lastToken: 0, from: 0, entries: [] } } }
      : frame,
  ),
  "a new disk that votes at once": withStore((store) => ({ load: (done) => store.load((stored) => done({ ...stored, settledOf: 3 })) })),
  "a follower that acknowledges what it does not have": altering((frame) =>
    frame.type === "log" && frame.message.type === "behind"
      ? { ...frame, message: { ...frame.message, type: "appended", length: 3 } }
      : frame,
  ),
  "logs that are compared by length alone": altering((frame) =>
    frame.type === "lease" && frame.message.type === "grant"
      ? { ...frame, message: { ...frame.message, tail: { ...frame.message.tail, lastToken: 1 } } }
      : frame,
  ),
};

describe("a planted bug is caught", () => {
  it.each(Object.entries(PLANTED))("%s", (_name, plant) => {
    const found: string[] = [];
    for (let seeds = 0; seeds < PLANTED_SEEDS_MAX && found.length === 0; seeds++) {
      let world: OrderedWorld | null = null;
      world = new OrderedWorld({ seed: `planted ${seeds}`, ...plant(() => world!) });
      found.push(...stormOrdered(world, ANY_NEMESIS, seeds));
    }
    expect(found).not.toEqual([]);
  });
});

/** Those of which every node is a replica; what orders the others is the log above. */
const REPLICATED = (await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy))).flatMap(({ name, traits }) =>
  traits.isOrdered ? [] : [name],
);

/** 67013777: two nodes that held a write of a register before an earlier one asked each other for that one for ever. */
const PINNED = [67_013_777];

describe.each(REPLICATED)("a note of %s on several nodes [CN1] [CN2] [CN3] [CN4]", async (name) => {
  const strategy = await loadNodeStrategy(name);

  it("agrees everywhere after any storm, under the epoch that it was born with, and leaves no timer", async () => {
    for (let n = -PINNED.length; n < Math.ceil(SEEDS / 10); n++) {
      const seed = n < 0 ? PINNED.at(n)! : FIRST_SEED + n;
      const rerun = rerunOf(seed, `a note of ${name}`);
      const world = new ClusterWorld({ seed, strategy, count: countOf(seed), ttlMs: 2_000 });
      const wrong = await stormTabs(world, ANY_NEMESIS, seed);
      expect(wrong, rerun).toEqual([]);
      const [first] = world.tabs;
      const { typed, kept } = first!.note.replica.stats();
      if (!strategy.traits.losesWrites) expect(kept, rerun).toBe(typed);
      expect(world.tabs.every(({ edits }) => edits > 5)).toBe(true);
      world.close();
      await world.runTabs(60_000);
      expect(world.clock.pending, rerun).toBe(0);
    }
  });
});

it("a node with a new disk that mints an epoch on its own is caught", async () => {
  const strategy = await loadNodeStrategy("yjs");
  const found: string[] = [];
  for (let seed = 0; seed < 60 && found.length === 0; seed++) {
    const world = new ClusterWorld({
      seed: `mint ${seed}`,
      strategy,
      ttlMs: 2_000,
      quorum: 1,
      wrapStore: (_id, store) => ({ ...store, load: (done) => store.load((stored) => done({ ...stored, settledOf: 3 })) }),
    });
    found.push(...(await stormTabs(world, ANY_NEMESIS, seed)));
    world.close();
  }
  expect(found).not.toEqual([]);
});
