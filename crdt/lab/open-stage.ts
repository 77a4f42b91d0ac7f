/** Opens the world that a script or a sandbox asks for: of one node, or of several. */

import type { JournalEntry } from "../base/journal.ts";
import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import { type NodeId, nodeIds } from "../network/node-pair.ts";
import { stampedBy } from "../strategy/stamped-by.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { ConnectionWatch } from "./accept.ts";
import { FabricWorld, type FabricWorldOptions, type NodeCount } from "./fabric-world.ts";
import { REPLICA_NAMES } from "./script.ts";
import type { Stage } from "./stage.ts";
import { World } from "./world.ts";

const [FIRST] = nodeIds(1) as [NodeId];

export type Planted = Partial<Pick<FabricWorldOptions, "tamper" | "wrapStore" | "quorum" | "stepsMax">>;

export interface StageOptions {
  readonly strategy: Strategy;
  readonly seed: number | string;
  /** Left out: one. */
  readonly nodes?: NodeCount | undefined;
  /** May become another one as the run goes on. */
  readonly clockKind: () => ClockKind;
  /** Of several nodes; left out: tokens are checked. */
  readonly hasFencing?: boolean | undefined;
  /** Of several nodes: for how long a note's lease is granted; left out: as everywhere else. */
  readonly leaseMs?: number | undefined;
  /** Of several nodes: what a test plants between them, or between them and their disks. */
  readonly planted?: Planted | undefined;
  readonly onTrace?: ((entry: JournalEntry) => void) | undefined;
  readonly journalEntriesMax?: number | undefined;
  /** Told of every connection of member `n` to a node. */
  readonly watch?: ((replica: ReplicaId, node: NodeId, n: number) => ConnectionWatch) | undefined;
  /** Told of every connection from one node to another. */
  readonly watchNodes?: ((from: NodeId, to: NodeId) => ConnectionWatch) | undefined;
}

/** What a replica is called in a refusal. */
function nameOf(replica: ReplicaId): string | null {
  return REPLICA_NAMES[replicaNumber(replica) - 1] ?? null;
}

export function openStage({ nodes = 1, clockKind, watch, watchNodes, hasFencing, leaseMs, planted, ...options }: StageOptions): Stage {
  if (nodes === 1) {
    return new World({
      ...options,
      clockKind,
      nameOf,
      watch: watch === undefined ? undefined : (replica, _, n) => watch(replica, FIRST, n),
    });
  }
  // Only the world knows its clock, and no stamp of a node's own is needed before it has one.
  const world: FabricWorld = new FabricWorld({
    ...options,
    ...planted,
    nodes,
    nameOf,
    ...(hasFencing === undefined ? {} : { hasFencing }),
    ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
    strategy: stampedBy({ kind: clockKind, node: { now: () => world.clock.now() } }, options.strategy),
    watch: watch === undefined ? undefined : (replica, node) => watch(replica, node, replicaNumber(replica)),
    watchNodes,
  });
  return world;
}
