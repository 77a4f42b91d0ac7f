/** From the outcomes of repeated runs to one figure each: the median of the runs that others disturbed least. */

import { median } from "../../../crdt/lab/bench/figures.ts";
import type { Outcome } from "./context.ts";

export interface Summary {
  readonly server: string;
  readonly case: string;
  readonly figures: Readonly<Record<string, number>>;
  /** Median over the runs that were kept. */
  readonly waitShare: number;
  readonly othersShare: number;
  readonly kept: number;
  readonly runs: readonly Outcome[];
}

/** Keeps the less disturbed half (rounded up) and takes each figure's median in it. @throws RangeError for no runs. */
export function summarise(server: string, caseId: string, runs: readonly Outcome[]): Summary {
  const kept = [...runs].sort((a, b) => a.othersShare - b.othersShare).slice(0, Math.ceil(runs.length / 2));
  const [first] = kept;
  if (first === undefined) throw new RangeError(`No runs of ${caseId} with ${server}`);
  const figures = Object.fromEntries(Object.keys(first.figures).map((name) => [name, median(kept.map((run) => run.figures[name] ?? 0))]));
  return {
    server,
    case: caseId,
    figures,
    waitShare: median(kept.map(({ waitShare }) => waitShare)),
    othersShare: median(kept.map(({ othersShare }) => othersShare)),
    kept: kept.length,
    runs,
  };
}
