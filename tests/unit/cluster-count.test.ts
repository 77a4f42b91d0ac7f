/** Another number of nodes on the same disks: what was committed is committed, whoever is cut off from whom when they begin. */

import { describe, expect, it } from "vitest";
import type { SimDisk } from "../../crdt/cluster/sim-disk.ts";
import { groups } from "../../crdt/network/cuts.ts";
import { type NodeId, nodeIds } from "../../crdt/network/node-pair.ts";
import { OrderedWorld } from "../support/ordered-world.ts";

const [S1, S2, S3, S4, S5] = nodeIds(5) as [NodeId, NodeId, NodeId, NodeId, NodeId];

/** One data folder through several numbers of nodes. */
class Folder {
  readonly #disks = new Map<NodeId, SimDisk>();
  #world: OrderedWorld | null = null;
  readonly #isForgetful: boolean;

  /** `isForgetful`: disks that take any number for the one that they are of. */
  constructor(isForgetful = false) {
    this.#isForgetful = isForgetful;
  }

  get world(): OrderedWorld {
    return this.#world!;
  }

  /** All nodes stop, and so many begin on what is there, cut into `islands` from the start. */
  begin(count: number, ...islands: (readonly NodeId[])[]): void {
    const before = this.#world;
    if (before !== null) {
      for (const id of before.cluster.ids) {
        this.#disks.set(id, before.cluster.diskOf(id));
        before.cluster.crash(id);
      }
      before.close();
    }
    const isForgetful = this.#isForgetful;
    this.#world = new OrderedWorld({
      seed: `${count} nodes`,
      count,
      ...(before === null ? {} : { clock: before.clock }),
      disks: (id) => this.#disks.get(id) ?? null,
      wrapStore: (_id, store) =>
        isForgetful
          ? { ...store, load: (done) => store.load((stored) => done({ ...stored, settledOf: stored.settledOf === 0 ? 0 : count })) }
          : store,
    });
    this.cut(...islands);
    this.world.run(15_000);
  }

  cut(...islands: (readonly NodeId[])[]): void {
    this.world.cluster.partitions.heal();
    if (islands.length > 0) this.world.cluster.partitions.cut(groups(...islands));
  }

  /** Writes on a node; whether that is answered within half a minute. */
  write(node: NodeId, word: string): boolean {
    const { world } = this;
    world.write(node, world.prng, word);
    world.run(30_000);
    return world.isAnswered(word);
  }

  /** All in touch: what every node has, in order. Each has the same. */
  heal(): readonly string[] {
    this.cut();
    this.world.run(40_000);
    const [first, ...others] = [...this.world.finals().values()];
    for (const words of others) expect(words).toEqual(first);
    return first!;
  }
}

/** Five nodes commit on the last three; then there are three, and the first two are alone at the start. */
function fewer(folder: Folder): { readonly isTaken: boolean; readonly words: readonly string[] } {
  folder.begin(5);
  folder.cut([S1, S2], [S3, S4, S5]);
  folder.world.run(15_000);
  expect(folder.write(S4, "of five")).toBe(true);
  folder.begin(3, [S1, S2], [S3]);
  const isTaken = folder.write(S1, "of three");
  return { isTaken, words: folder.heal() };
}

describe("[CN7] another number of nodes", () => {
  it("5 to 3: what the last three have committed is there, and the first two go on only once they know it", () => {
    expect(fewer(new Folder())).toEqual({ isTaken: false, words: ["of five", "of three"] });
  });

  it("disks that take any number for theirs lose what was committed, or commit beside it", () => {
    let outcome: unknown;
    try {
      outcome = fewer(new Folder(true));
    } catch (error) {
      outcome = (error as Error).name;
    }
    expect(outcome).not.toEqual({ isTaken: false, words: ["of five", "of three"] });
  });

  it("5 to 3 to 5: the two that were away do not vote with what they had", () => {
    const folder = new Folder();
    folder.begin(5);
    expect(folder.write(S1, "of five")).toBe(true);
    folder.begin(3);
    folder.cut([S1, S2], [S3]);
    folder.world.run(15_000);
    expect(folder.write(S1, "of three")).toBe(true);
    // A majority of five, of which none has heard of the second word.
    folder.begin(5, [S3, S4, S5], [S1, S2]);
    expect(folder.write(S4, "of five again")).toBe(false);
    expect(folder.heal()).toEqual(["of five", "of three", "of five again"]);
    expect(folder.write(S5, "and on")).toBe(true);
  });

  it("3 to 5 to 3, stopped before the five had met: three go on only once they have", () => {
    const folder = new Folder();
    folder.begin(3);
    expect(folder.write(S2, "of three")).toBe(true);
    folder.begin(5, [S1, S4, S5], [S2, S3]);
    expect(folder.write(S4, "of five")).toBe(false);
    expect(folder.world.cluster.node(S1)!.reason()).toBe(
      "S1 was one of another number of servers and waits until it has heard from every other server.",
    );
    folder.begin(3, [S1], [S2, S3]);
    expect(folder.write(S2, "of three again")).toBe(false);
    expect(folder.heal()).toEqual(["of three", "of three again"]);
  });
});
