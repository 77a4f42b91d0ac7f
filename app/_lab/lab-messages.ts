/** What the page and the worker of the laboratory say to each other. Plain data. */

import type { InspectedMessage } from "../../crdt/sync/inspect-frame.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { LensView } from "../../crdt/lab/lens.ts";
import type { Loss, StrategyName } from "../../crdt/strategy/strategy.ts";
import type { MessageView, MomentView, NodeLinkView, NodeView, ReplicaView } from "../../crdt/lab/sandbox-views.ts";
import type { Agreement, RunEvent } from "../../crdt/lab/time-machine.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { LabSource, SourceView } from "./lab-source.ts";
import type { Stretch } from "../../crdt/lab/stretches.ts";
import type { Why, WhyTarget } from "../../crdt/lab/why.ts";
import type { OrdersView, OrderSteps } from "./orders-messages.ts";
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
  /** Puts words of the ledger back for whoever had written them, at that place of their text. */
  | { readonly type: "restore"; readonly loss: string; readonly words: string; readonly index: number }
  | { readonly type: "fork"; readonly atMs: number }
  /** Gives the moment in view a name; takes one away. */
  | { readonly type: "checkpoint"; readonly name: string }
  | { readonly type: "forget"; readonly name: string }
  | { readonly type: "inspect"; readonly message: number }
  | { readonly type: "save" }
  /** A new world at the beginning of a run that was made before; of a live note, at its end. null: what was asked for could not be had. */
  | { readonly type: "source"; readonly source: LabSource | { readonly failure: string } }
  | { readonly type: "ask"; readonly what: RunForm }
  /** Of a replica, as it is now: why a character is where it is, and what is inside. */
  | { readonly type: "why"; readonly replica: number; readonly target: WhyTarget }
  | { readonly type: "lens"; readonly replica: number }
  /** Tries every order of what was written apart; stops; runs the order of one ending again. */
  | { readonly type: "orders"; readonly hasDuplicates: boolean }
  | { readonly type: "orders-stop" }
  | { readonly type: "orders-replay"; readonly ending: number }
  /** What was handed over last has been looked at for anomalies; whether it came out as it was. */
  | { readonly type: "looked"; readonly world: number; readonly isSame: boolean }
  /** The last frame is on the screen: the next may come. */
  | { readonly type: "shown" };

/** What a run can be put into. */
export type RunForm = "fragment" | "vitest" | "mermaid" | "report" | "anomalies";

/** An answer of a world; `why` is null where nothing is there. */
export interface LabWhy {
  readonly world: number;
  readonly replica: number;
  readonly why: Why | null;
}

export interface LabLens {
  readonly world: number;
  readonly replica: number;
  /** How many events there were. */
  readonly events: number;
  readonly view: LensView;
}

/** A moment of the past. */
export interface PastView extends MomentView {
  /** How many more messages were on their way. */
  readonly hiddenMessages: number;
}

/** The world as it is. Lists carry what has come since the last frame; where that is very much, the first of it. */
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
  /** How many messages wait that were written apart. */
  readonly apart: number;
  readonly replicas: readonly ReplicaView[];
  /** S1 first. */
  readonly nodes: readonly NodeView[];
  readonly nodeLinks: readonly NodeLinkView[];
  readonly messages: readonly MessageView[];
  /** How many more are on their way. */
  readonly hiddenMessages: number;
  readonly events: readonly RunEvent[];
  readonly agreements: readonly Agreement[];
  /** Whole texts, of a new world. */
  readonly texts: readonly string[] | null;
  /** For each replica what its editor lacks. */
  readonly batches: readonly (FarBatch | null)[];
  /** For each replica whether its editor has everything with this frame: while time goes by, only every other one does. */
  readonly isTold: readonly boolean[];
  /** Who holds the same text as whom now, as in `Agreement`. */
  readonly groups: readonly number[];
  readonly past: PastView | null;
  /** In order of time. */
  readonly checkpoints: readonly Checkpoint[];
  /** null: as in the last frame. */
  readonly ledger: LabLedger | null;
  /** Where the run comes from; null: from nowhere. */
  readonly source: SourceView | null;
}

/** What the strategy of a run has thrown away. */
export interface LabLedger {
  readonly losses: readonly Loss[];
  /** Letters of replicas, by their ids. */
  readonly names: Readonly<Record<string, string>>;
  /** Ids of those that were put back, and stand in their writer's text. */
  readonly restored: readonly string[];
  readonly typed: number;
  readonly kept: number;
}

/** What was typed until a world came to rest; null: too long to be looked at. */
export interface LabStretch {
  readonly world: number;
  readonly strategy: StrategyName;
  readonly stretch: Stretch | null;
  /** Whether it begins where the run does. */
  readonly isWhole: boolean;
}

export type FromWorker =
  | LabFrame
  /** Is to be looked at for anomalies: no other comes before that is answered. */
  | ({ readonly type: "stretch" } & LabStretch)
  /** How much of a run has been run again, 0 to 1. */
  | { readonly type: "progress"; readonly share: number }
  /** Something could not be done. */
  | { readonly type: "notice"; readonly text: string }
  /** The world has broken down, by a fault of the program. */
  | { readonly type: "failed"; readonly text: string }
  | { readonly type: "inspected"; readonly inspected: InspectedMessage | null }
  | { readonly type: "saved"; readonly json: string }
  /** null: the run is too long for it. */
  | { readonly type: "answer"; readonly what: RunForm; readonly text: string | null }
  | { readonly type: "why"; readonly answer: LabWhy }
  | { readonly type: "lens"; readonly lens: LabLens }
  | { readonly type: "orders"; readonly orders: OrdersView }
  | { readonly type: "order-steps"; readonly steps: OrderSteps | null };

/** What a world begins with. */
export const FIRST_OPTIONS: SandboxOptions = {
  strategy: "walker",
  seed: 1,
  replicas: 3,
  startText: "# Trip\n\n- the good map\n- a dry tent\n",
  latencyMs: 300,
};
