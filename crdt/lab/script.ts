/** What the two formats of scenarios come down to, and what `play.ts` plays: who does what, in order. */

import type { ClockKind } from "../causal/stamp-clock.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import type { Rate } from "../sync/rate-board.ts";
import type { DatagramPatch } from "./datagrams.ts";
import { ScenarioError, textAt } from "./json-shape.ts";
import type { EngineName } from "./meta-engines.ts";
import type { MetaStart, MetaWrite } from "./meta-replica.ts";

/** Replica n of this list has id n + 1: ties between ids go by the alphabet. */
export const REPLICA_NAMES = ["A", "B", "C", "D", "E", "F"] as const;
export type ReplicaName = (typeof REPLICA_NAMES)[number];

export const NODE_NAMES = ["S1", "S2", "S3", "S4", "S5"] as const;
export type NodeName = (typeof NODE_NAMES)[number];

/** Enough for every scenario a person writes; a bound for what a program does. */
export const ACTIONS_MAX = 100_000;

export type Action =
  /** One edit in the replica's own view. A position beyond its text falls to the end. */
  | {
      readonly do: "edit";
      readonly by: ReplicaName;
      readonly pos: number;
      readonly len: number;
      readonly text: string;
      /** What the replica's wall clock shows then, in ms since the scenario's beginning; null: whatever it shows. */
      readonly wallMs: number | null;
    }
  /** One key of a text that is typed bit by bit: the first at `pos`, each further one where the caret of `typing` is. */
  | {
      readonly do: "key";
      readonly by: ReplicaName;
      readonly typing: number;
      readonly pos: number;
      readonly text: string;
      readonly isBackward: boolean;
    }
  /** Heals these in this order, so that what one brings reaches the node before the next; when all have everything, cuts them. */
  | { readonly do: "sync"; readonly order: readonly ReplicaName[] }
  | { readonly do: "link"; readonly by: ReplicaName; readonly direction: "up" | "down"; readonly set: ConditionsPatch }
  /** Cuts these off from their node, and heals all others. */
  | { readonly do: "partition"; readonly cut: readonly ReplicaName[] }
  | { readonly do: "heal" }
  /** Of several nodes: what of these ends are in no group together do not reach each other, and everybody else does. */
  | { readonly do: "split"; readonly groups: readonly (readonly (ReplicaName | NodeName)[])[] }
  /** One direction of the link between two nodes. */
  | { readonly do: "node-link"; readonly from: NodeName; readonly to: NodeName; readonly set: ConditionsPatch }
  /** A node's clock is set on, or back. */
  | { readonly do: "node-clock"; readonly node: NodeName; readonly stepMs: number }
  /** The replica is on another node from now on. */
  | { readonly do: "move"; readonly by: ReplicaName; readonly to: NodeName }
  | { readonly do: "crash" | "restart"; readonly node: NodeName }
  | { readonly do: "close" | "open"; readonly by: ReplicaName }
  /** The last own edit that is not undone, or the last one that is. */
  | { readonly do: "undo" | "redo"; readonly by: ReplicaName }
  | { readonly do: "meta"; readonly by: ReplicaName; readonly write: MetaWrite }
  /** In the datagram mode: what becomes of single messages. */
  | { readonly do: "datagram"; readonly by: ReplicaName; readonly direction: "up" | "down"; readonly set: DatagramPatch }
  /** Down, with an empty disk, and up again: with the text as plain text or with nothing, under a new epoch or the old one. One of several nodes has all from the others. */
  | { readonly do: "lose-disk"; readonly node: NodeName; readonly rebuilds: boolean; readonly mintsEpoch: boolean }
  /** Every fsync takes so long from now on; null: as before. */
  | { readonly do: "slow-disk"; readonly node: NodeName; readonly fsyncMs: number | null }
  /** The node stands still: nothing that arrives is looked at, no timer of its own runs. */
  | { readonly do: "pause-node"; readonly node: NodeName; readonly durationMs: number }
  /** The node lets history go that every replica has seen (safe), or every one that is not cut (not). */
  | { readonly do: "compact"; readonly isSafe: boolean }
  | {
      readonly do: "clock";
      readonly by: ReplicaName;
      readonly offsetMs: number | null;
      readonly driftPpm: number | null;
      /** On top of what it shows; negative: back. */
      readonly stepMs: number | null;
    }
  /** `by` becomes a duplicate of the tab of `of`. Guarded: the claim on the replica id is lost, and it is a replica of its own. */
  | { readonly do: "identity"; readonly by: ReplicaName; readonly of: ReplicaName; readonly isGuarded: boolean }
  /** What the node answers does not arrive, though it hears everything; then it does, over a new connection. */
  | { readonly do: "ack"; readonly by: ReplicaName; readonly isLost: boolean; readonly isRetriedAnew: boolean }
  | { readonly do: "lock"; readonly by: ReplicaName; readonly what: LockStep }
  /** The replica stands still while its editor still takes keys: nothing leaves and nothing is heard. Then it goes on. */
  | { readonly do: "stall"; readonly by: ReplicaName; readonly isOver: boolean }
  /** How fast the node reads this replica; null: as everybody. */
  | { readonly do: "rate"; readonly by: ReplicaName; readonly rate: Rate | null };

export type LockStep = "ask" | "release" | "fencing-on" | "fencing-off";

export interface TimedAction {
  /** Not before this, in ms since the scenario's beginning; null: at once. */
  readonly atMs: number | null;
  readonly action: Action;
  /** The text that its edit was made in, where that was recorded: the position is meant in it (placing.ts). */
  readonly view?: string;
}

export interface ScriptReplica {
  readonly name: ReplicaName;
  readonly clockOffsetMs: number;
  readonly driftPpm: number;
  /** The node that it is on; left out: S1. */
  readonly at?: NodeName;
}

/** What a scenario says should come out, for one strategy or one engine. What it leaves out is not looked at. */
export interface Expectation {
  readonly text?: string;
  readonly converged?: boolean;
  /** Characters that were typed and that a rule threw away. */
  readonly lost?: number;
  readonly hash?: string;
  /** Where they differ: by replica, `S1` for the node. */
  readonly texts?: Readonly<Partial<Record<ReplicaName | NodeName, string>>>;
  /** Unsent work that a replica had to give up, and kept as a draft. */
  readonly drafts?: Readonly<Partial<Record<ReplicaName, string>>>;
  /** Edits that the strategy did not take. */
  readonly refused?: number;
  /** Whose edits are not being saved at the end, and who knows it. */
  readonly paused?: readonly ReplicaName[];
  /** Steps that could not be taken. */
  readonly skipped?: number;
  /** false: the world does not come to rest, however long one waits. */
  readonly rests?: boolean;
  /** Messages with a part of the note that reached replicas. */
  readonly messages?: number;
  /** Of everybody's metadata, the node's too, these fields. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Where they differ: by replica, `S1` for the node. */
  readonly metas?: Readonly<Partial<Record<ReplicaName | "S1", Readonly<Record<string, unknown>>>>>;
  /** Names of anomalies, for whoever looks for them. */
  readonly anomalies?: readonly string[];
}

export interface Script {
  readonly id: string;
  readonly title: string;
  readonly lesson: string;
  readonly seed: number | string;
  /** What everybody holds at the beginning. */
  readonly startText: string;
  readonly replicas: readonly ScriptReplica[];
  /** Whether everybody is cut off at the beginning. */
  readonly startsCut: boolean;
  readonly actions: readonly TimedAction[];
  /** Names of the strategies that it is about; empty: all. */
  readonly strategies: readonly string[];
  /** By name of a strategy, of an engine that stands for one (judge.ts), or of one that holds metadata. */
  readonly expected: ReadonlyMap<string, Expectation>;
  readonly tags?: readonly string[];
  /** What last-writer-wins strategies stamp writes with; left out: the wall clock. */
  readonly clock?: ClockKind;
  /** Left out: connections are streams, as they are in the product. */
  readonly mode?: "stream" | "datagram";
  /** Whose edits an undo takes back; left out: one's own. `all`: the mistake of an undo history that knows no authors. */
  readonly undo?: "own" | "all";
  /** Of a scenario about metadata: the types that could hold it, one run each. */
  readonly engines?: readonly EngineName[];
  /** Metadata that everybody holds at the beginning. */
  readonly startMeta?: MetaStart;
  /** Left out: one. */
  readonly nodes?: 3 | 5;
  /** Of several nodes, false: tokens are not checked where a write is appended; who leads is trusted to know it by time, as Redlock does. */
  readonly hasFencing?: false;
  /** Of several nodes: where the note begins, and who orders it if somebody does; left out: S1, or where the first replica is. */
  readonly startAt?: NodeName;
  /** Of several nodes: for how long a note's lease is granted; left out: as everywhere else. */
  readonly leaseMs?: number;
}

/** Below that a lease is over before anybody has heard of it. */
export const LEASE_MS_MIN = 1_000;
export const LEASE_MS_MAX = 600_000;

export function replicaAt(value: unknown, path: string): ReplicaName {
  const name = textAt(value, path);
  const found = REPLICA_NAMES.find((known) => known === name);
  if (found === undefined)
    throw new ScenarioError(path, `unknown replica ${JSON.stringify(name)}: expected one of ${REPLICA_NAMES.join(", ")}`);
  return found;
}

/** `text` as it is typed: whole characters, the last one first when it is typed from right to left. */
export function keysOf(text: string, isBackward: boolean): string[] {
  const keys = Array.from(text);
  return isBackward ? keys.reverse() : keys;
}

/** Whether locks are asked for by steps: then nobody is given one. */
export function hasLockSteps({ actions }: Script): boolean {
  return actions.some(({ action }) => action.do === "lock");
}

/** Whether anything is written besides the text. */
export function hasMeta({ actions, startMeta }: Script): boolean {
  return startMeta !== undefined || actions.some(({ action }) => action.do === "meta");
}

/** Who makes the first edit after action `n`; -1: of all. */
export function writerAfter({ actions }: Script, n: number): ReplicaName | null {
  for (const { action } of actions.slice(n + 1)) if (action.do === "edit" || action.do === "key") return action.by;
  return null;
}
