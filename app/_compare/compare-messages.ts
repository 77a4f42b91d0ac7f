/** Between the compare page and its workers. */

import type { AnomalyKind } from "../../crdt/lab/anomaly.ts";
import type { ClockOutcome, ClockRecording } from "../../crdt/lab/rerun-clocks.ts";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { Shrunk } from "../../crdt/lab/shrink.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

export type CompareRequest =
  /** What the columns that are asked for afterwards are of. `reference`: whose texts its positions are meant in. */
  | { readonly kind: "load"; readonly script: Script; readonly reference: StrategyName }
  | { readonly kind: "column"; readonly strategy: StrategyName }
  | {
      readonly kind: "shrink";
      readonly script: Script;
      readonly reference: StrategyName;
      readonly strategy: StrategyName;
      readonly anomaly: AnomalyKind;
    }
  | { readonly kind: "clocks"; readonly recording: ClockRecording; readonly strategy: StrategyName }
  /** A shared scenario or run of the laboratory, as it stands in a link. */
  | { readonly kind: "open"; readonly fragment: string };

export type CompareAnswer =
  | { readonly kind: "column"; readonly column: Column }
  /** Under one clock after another; "done" is the last. */
  | { readonly kind: "outcome"; readonly outcome: ClockOutcome }
  | { readonly kind: "done" }
  /** null: the script does not show it any more. */
  | { readonly kind: "shrunk"; readonly shrunk: Shrunk | null }
  | { readonly kind: "opened"; readonly script: Script; readonly reference: StrategyName; readonly told: readonly string[] }
  | { readonly kind: "failed"; readonly message: string };
