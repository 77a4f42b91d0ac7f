/** The moment in view as a frame: of the past, everything that there was to see then in place of what there is now. Pure. */

import type { AnomalyState } from "./anomaly-watch.ts";
import type { LabFrame, LabLedger } from "./lab-messages.ts";

/** The same frame where the present is in view. Texts, events and lists stay: they are read by their moment. */
export function frameInView(frame: LabFrame): LabFrame {
  const { past } = frame;
  if (past === null) return frame;
  const { replicas, nodes, nodeLinks, messages, hiddenMessages, isHeld, losses, groups, atMs } = past;
  return { ...frame, replicas, nodes, nodeLinks, messages, hiddenMessages, isHeld, losses, groups, nowMs: atMs };
}

/** The ledger as it was at the moment in view; how many characters were kept is known of the present alone. */
export function ledgerInView(ledger: LabLedger | null, { past }: LabFrame): LabLedger | null {
  if (past === null || ledger === null) return ledger;
  return { ...ledger, losses: ledger.losses.slice(0, past.losses), restored: [], typed: 0, kept: 0 };
}

/** The anomalies whose intents were there at the moment in view. */
export function anomaliesInView(found: AnomalyState, { past }: LabFrame): AnomalyState {
  return past === null ? found : { ...found, flags: found.flags.filter(({ atMs }) => atMs <= past.atMs) };
}
