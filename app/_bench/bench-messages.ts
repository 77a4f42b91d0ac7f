/** What the page and its worker say to each other. */

import type { BenchProgress, BenchRow } from "../../crdt/lab/bench/bench-run.ts";
import type { WorkloadInfo } from "../../crdt/lab/bench/workloads.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** Engines that the page compares: all that keep every write and need no node to order them. */
export const ENGINES: readonly StrategyName[] = ["walker", "yjs", "rga", "fugue", "fuguemax"];

export interface PlannedWorkload {
  readonly id: string;
  readonly count: number;
}

export interface Plan {
  readonly workloads: readonly PlannedWorkload[];
  readonly engines: readonly StrategyName[];
  readonly repetitions: number;
  readonly isWeighing: boolean;
}

export type ToWorker =
  | { readonly type: "run"; readonly plan: Plan }
  /** A recorded trace that the reader opened: JSON, or JSON in gzip. */
  | { readonly type: "trace"; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "weight"; readonly bytes: number | null };

export type FromWorker =
  /** `clockStepMs`: the smallest step of its clock that was seen. */
  | { readonly type: "ready"; readonly workloads: readonly WorkloadInfo[]; readonly clockStepMs: number }
  | { readonly type: "trace"; readonly workload: WorkloadInfo; readonly steps: number }
  | { readonly type: "no-trace"; readonly name: string; readonly reason: string }
  | { readonly type: "progress"; readonly progress: BenchProgress }
  | { readonly type: "row"; readonly row: BenchRow }
  /** Asks for all memory in use. */
  | { readonly type: "weigh" }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly reason: string };
