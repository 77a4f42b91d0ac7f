/** What is done in a storm, as plain data: noted while it happens by chance, and done again from a file. */

import type { Splice } from "../../../crdt/base/splice.ts";
import type { NoteId } from "../../../crdt/base/ids.ts";
import { FABRIC_NOTE, type FabricMember, type FabricWorld } from "../../../crdt/lab/fabric-world.ts";
import type { Cluster } from "../../../crdt/cluster/cluster.ts";
import type { DirectedCut } from "../../../crdt/network/cuts.ts";
import type { ConditionsPatch } from "../../../crdt/network/fault-board.ts";
import type { NodeId, NodePair } from "../../../crdt/network/node-pair.ts";
import type { CutKind } from "../../../crdt/network/partitions.ts";
import type { Witness } from "./witness.ts";

interface BothWays {
  readonly up?: ConditionsPatch | undefined;
  readonly down?: ConditionsPatch | undefined;
}

/** `by` counts members from 0. */
export type Act =
  | { readonly do: "run"; readonly ms: number }
  | { readonly do: "edit"; readonly by: number; readonly splice: Splice }
  | { readonly do: "release"; readonly by: number }
  | { readonly do: "cut"; readonly cuts: readonly DirectedCut[]; readonly kind: CutKind }
  | { readonly do: "heal" }
  | { readonly do: "node-link"; readonly pair: NodePair; readonly set: BothWays }
  | { readonly do: "crash" | "restart" | "lose-disk" | "end-lease" | "end-lock"; readonly node: NodeId }
  | { readonly do: "pause" | "jump-clock" | "slow-disk"; readonly node: NodeId; readonly ms: number }
  | { readonly do: "client-link"; readonly by: number; readonly set: BothWays }
  | { readonly do: "heal-client"; readonly by: number }
  | { readonly do: "move"; readonly by: number; readonly to: NodeId }
  | { readonly do: "reload"; readonly by: number };

/**
 * Does what a person or the network does. An edit beyond the text falls to its end. null: it is done, and nothing else has gone on
 * meanwhile; else await it. @throws RangeError for a member or node that there is not.
 */
export function perform(act: Act, world: FabricWorld, witness: Witness): Promise<void> | null {
  const { cluster, members } = world;
  const member = (by: number): FabricMember => {
    const found = members[by];
    if (found === undefined) throw new RangeError(`No member ${by}: there are ${members.length}`);
    return found;
  };
  switch (act.do) {
    case "run":
      return world.run(act.ms);
    case "edit":
      witness.take(member(act.by), act.splice);
      return null;
    case "release":
      if (member(act.by).note.replica.lock !== undefined) member(act.by).note.releaseLock();
      return null;
    case "cut":
      cluster.partitions.cut(act.cuts, act.kind);
      return null;
    case "heal":
      cluster.partitions.heal();
      return null;
    case "node-link":
      cluster.nodeLinks.set(act.pair, act.set);
      return null;
    case "crash":
      cluster.crash(act.node);
      return null;
    case "restart":
      cluster.restart(act.node);
      return null;
    case "lose-disk":
      cluster.loseDisk(act.node);
      return null;
    case "end-lease":
      cluster.endLease(act.node, FABRIC_NOTE);
      return null;
    case "end-lock":
      cluster.endLock(act.node, FABRIC_NOTE);
      return null;
    case "pause":
      cluster.pause(act.node, act.ms);
      return null;
    case "jump-clock":
      cluster.jumpClock(act.node, act.ms);
      return null;
    case "slow-disk":
      cluster.slowDisk(act.node, act.ms);
      return null;
    case "client-link":
      cluster.clientLinks.set(member(act.by).id, act.set);
      return null;
    case "heal-client":
      cluster.clientLinks.heal(member(act.by).id);
      return null;
    case "move":
      world.move(member(act.by), act.to);
      return null;
    case "reload":
      return world.reload(member(act.by));
  }
}

/** The cluster as a nemesis sees it: what it does is noted, and done. */
export function noting(cluster: Cluster, note: (act: Act) => void): Cluster {
  const instead: Readonly<Record<string, unknown>> = {
    crash: (node: NodeId) => {
      note({ do: "crash", node });
      cluster.crash(node);
    },
    restart: (node: NodeId) => {
      note({ do: "restart", node });
      cluster.restart(node);
    },
    loseDisk: (node: NodeId) => {
      note({ do: "lose-disk", node });
      cluster.loseDisk(node);
    },
    endLease: (node: NodeId, noteId: NoteId) => {
      note({ do: "end-lease", node });
      cluster.endLease(node, noteId);
    },
    endLock: (node: NodeId, noteId: NoteId) => {
      note({ do: "end-lock", node });
      cluster.endLock(node, noteId);
    },
    pause: (node: NodeId, ms: number) => {
      note({ do: "pause", node, ms });
      cluster.pause(node, ms);
    },
    jumpClock: (node: NodeId, ms: number) => {
      note({ do: "jump-clock", node, ms });
      cluster.jumpClock(node, ms);
    },
    slowDisk: (node: NodeId, ms: number) => {
      note({ do: "slow-disk", node, ms });
      cluster.slowDisk(node, ms);
    },
    partitions: {
      cut: (cuts: readonly DirectedCut[], kind: CutKind = "blackhole") => {
        note({ do: "cut", cuts, kind });
        cluster.partitions.cut(cuts, kind);
      },
      heal: () => {
        note({ do: "heal" });
        cluster.partitions.heal();
      },
    },
    nodeLinks: {
      set: (pair: NodePair, set: BothWays) => {
        note({ do: "node-link", pair, set });
        cluster.nodeLinks.set(pair, set);
      },
    },
  };
  return new Proxy(cluster, {
    get(target, key) {
      if (typeof key === "string" && Object.hasOwn(instead, key)) return instead[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
