/** What the two formats of scenarios come down to, and what `play.ts` plays: who does what, in order. */

import type { ConditionsPatch } from "../network/fault-board.ts";
import { ScenarioError, textAt } from "./json-shape.ts";

/** Replica n of this list has id n + 1: ties between ids go by the alphabet. */
export const REPLICA_NAMES = ["A", "B", "C", "D", "E", "F"] as const;
export type ReplicaName = (typeof REPLICA_NAMES)[number];

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
  | { readonly do: "crash" | "restart" }
  | { readonly do: "close" | "open"; readonly by: ReplicaName };

export interface TimedAction {
  /** Not before this, in ms since the scenario's beginning; null: at once. */
  readonly atMs: number | null;
  readonly action: Action;
}

export interface ScriptReplica {
  readonly name: ReplicaName;
  readonly clockOffsetMs: number;
  readonly driftPpm: number;
}

/** What a scenario says should come out, for one strategy or one engine. What it leaves out is not looked at. */
export interface Expectation {
  readonly text?: string;
  readonly converged?: boolean;
  /** Characters that were typed and that a rule threw away. */
  readonly lost?: number;
  readonly hash?: string;
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
  /** By name of a strategy, or of an engine that stands for one (engines.ts). */
  readonly expected: ReadonlyMap<string, Expectation>;
}

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

/** Who makes the first edit after action `n`; -1: of all. */
export function writerAfter({ actions }: Script, n: number): ReplicaName | null {
  for (const { action } of actions.slice(n + 1)) if (action.do === "edit" || action.do === "key") return action.by;
  return null;
}
