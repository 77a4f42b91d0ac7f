/** Between the compare page and its worker. */

import type { AnomalyKind } from "../../crdt/lab/anomaly.ts";
import type { ClockOutcome, ClockRecording } from "../../crdt/lab/rerun-clocks.ts";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { Shrunk } from "../../crdt/lab/shrink.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

export type CompareRequest =
  | { readonly kind: "compare"; readonly script: Script; readonly strategies: readonly StrategyName[] }
  | { readonly kind: "clocks"; readonly recording: ClockRecording; readonly strategy: StrategyName }
  | { readonly kind: "shrink"; readonly script: Script; readonly strategy: StrategyName; readonly anomaly: AnomalyKind };

export type CompareAnswer =
  | { readonly kind: "column"; readonly column: Column }
  | { readonly kind: "outcome"; readonly outcome: ClockOutcome }
  | { readonly kind: "done" }
  /** null: the script alone, with positions as written, does not show it. */
  | { readonly kind: "shrunk"; readonly shrunk: Shrunk | null }
  | { readonly kind: "failed"; readonly message: string };
