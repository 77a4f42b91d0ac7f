/** Between the page of a lesson and its worker. */

import type { AskBefore, LessonRun } from "../../crdt/lab/lesson.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

export interface LessonRequest {
  readonly scenario: string;
  readonly askBefore: AskBefore;
  /** In the order in which they are run, but for those that the scenario is not about. */
  readonly strategies: readonly StrategyName[];
}

export type LessonAnswer =
  | { readonly kind: "run"; readonly run: LessonRun }
  /** Of all of them the runs have come. */
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };
