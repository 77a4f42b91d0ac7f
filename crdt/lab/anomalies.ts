/**
 * Finds named anomalies (features.md F10) in a run. Each check is one function of the trace (trace.ts), in a file beside
 * this one. The text that is judged is the node's at the end, and the texts that stand beside it; what a replica that is still cut
 * off has not sent is neither lost nor there.
 */

import type { Strategy } from "../strategy/strategy.ts";
import type { Anomaly } from "./anomaly.ts";
import { brokenMarkdown, tornSurrogates } from "./check-form.ts";
import { doubledText, lostInserts, resurrectedText, splitDuplicates } from "./check-kept.ts";
import { mangledPositions, orderFlips } from "./check-order.ts";
import { interleavedRuns, orphanedEdits } from "./check-place.ts";
import { Findings } from "./findings.ts";
import type { Run } from "./replay.ts";
import type { Script } from "./script.ts";
import { type Trace, traceRun } from "./trace.ts";

export interface Found {
  readonly anomalies: readonly Anomaly[];
  /** null: where its characters came from cannot be told, and only the bare text was looked at. */
  readonly trace: Trace | null;
}

export const CHECKS = [
  lostInserts,
  resurrectedText,
  interleavedRuns,
  doubledText,
  orphanedEdits,
  splitDuplicates,
  mangledPositions,
  orderFlips,
] as const;

/** Cost: up to four further runs, then linear in all texts for most checks. */
export async function findAnomalies(script: Script, strategy: Strategy, run: Run): Promise<Found> {
  const trace = await traceRun(script, strategy, run);
  return { trace, anomalies: [...(trace === null ? [] : anomaliesIn(trace)), ...brokenMarkdown(run), ...tornSurrogates(run, script)] };
}

export function anomaliesIn(trace: Trace): Anomaly[] {
  const findings = new Findings(trace);
  return CHECKS.flatMap((check) => check(findings));
}
