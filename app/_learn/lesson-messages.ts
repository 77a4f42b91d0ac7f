/** Between the page of a lesson and its worker. */

import type { LessonRun } from "../../crdt/lab/lesson.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

export interface LessonRequest {
  readonly scenario: string;
  /** In the order in which they are run. */
  readonly strategies: readonly StrategyName[];
}

export type LessonAnswer = { readonly kind: "run"; readonly run: LessonRun } | { readonly kind: "failed"; readonly message: string };
