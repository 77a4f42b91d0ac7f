/** What the page and the worker of the laboratory say to each other. Plain data. */

import type { InspectedMessage } from "../../crdt/sync/inspect-frame.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { MessageView, ReplicaView } from "../../crdt/lab/sandbox.ts";
import type { Agreement, RunEvent } from "../../crdt/lab/time-machine.ts";
import type { FarBatch, NearEdit } from "./text-link.ts";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20] as const;

export type ToWorker =
  /** A new world; `json`: a run that was saved, run again to where it had got. */
  | { readonly type: "open"; readonly options: SandboxOptions }
  | { readonly type: "load"; readonly json: string }
  | { readonly type: "run"; readonly isRunning: boolean; readonly speed: number }
  | { readonly type: "step" }
  | { readonly type: "command"; readonly command: Exclude<SandboxCommand, { readonly do: "edit" }> }
  /** What a person typed; of another world than the present one it counts for nothing. */
  | { readonly type: "edit"; readonly world: number; readonly by: number; readonly edit: NearEdit; readonly caret: number }
  /** Shows the moment after event `n`; null: the present again. */
  | { readonly type: "seek"; readonly n: number | null }
  | { readonly type: "fork"; readonly atMs: number }
  | { readonly type: "inspect"; readonly message: number }
  | { readonly type: "save" }
  /** The last frame is on the screen: the next may come. */
  | { readonly type: "shown" };

/** A moment of the past. */
export interface PastView {
  readonly n: number;
  readonly atMs: number;
  readonly texts: readonly string[];
  readonly hashes: readonly string[];
  readonly groups: readonly number[];
}

/** The world as it is. Lists carry what has come since the last frame; of a new world, everything. */
export interface LabFrame {
  readonly type: "frame";
  /** Counts worlds: a reset or a fork is another one. */
  readonly world: number;
  readonly options: SandboxOptions;
  readonly nowMs: number;
  readonly isRunning: boolean;
  readonly isHeld: boolean;
  readonly hash: string;
  readonly losses: number;
  readonly replicas: readonly ReplicaView[];
  readonly messages: readonly MessageView[];
  /** How many more are on their way. */
  readonly hiddenMessages: number;
  readonly events: readonly RunEvent[];
  readonly agreements: readonly Agreement[];
  /** Whole texts, of a new world. */
  readonly texts: readonly string[] | null;
  /** For each replica what its editor lacks. */
  readonly batches: readonly (FarBatch | null)[];
  readonly past: PastView | null;
}

export type FromWorker =
  | LabFrame
  /** How much of a run has been run again, 0 to 1. */
  | { readonly type: "progress"; readonly share: number }
  /** Something could not be done. */
  | { readonly type: "notice"; readonly text: string }
  /** The world has broken down, by a fault of the program. */
  | { readonly type: "failed"; readonly text: string }
  | { readonly type: "inspected"; readonly inspected: InspectedMessage | null }
  | { readonly type: "saved"; readonly json: string };

/** What a world begins with. */
export const FIRST_OPTIONS: SandboxOptions = {
  strategy: "walker",
  seed: 1,
  replicas: 3,
  startText: "# Trip\n\n- the good map\n- a dry tent\n",
  latencyMs: 300,
};
