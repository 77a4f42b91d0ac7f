/** Whether somebody is there, as one tab can know it. Pure. */

import { PRESENCE_IDLE_MS, PRESENCE_SILENT_MS } from "./limits.ts";
import type { Known } from "./presence.ts";

export type Reach =
  | { readonly kind: "active" }
  /** Here, and has not moved since. */
  | { readonly kind: "idle"; readonly sinceMs: number }
  /** Its connection is lost, or this tab's is: where it is shown is where it was. */
  | { readonly kind: "unreachable"; readonly heardAtMs: number };

/** `isLinked`: whether this tab hears its node. All times by the tab's own clock. */
export function reachOf({ isHere, heardAtMs, changedAtMs }: Known, nowMs: number, isLinked: boolean): Reach {
  if (!isHere || !isLinked || nowMs - heardAtMs > PRESENCE_SILENT_MS) return { kind: "unreachable", heardAtMs };
  return nowMs - changedAtMs > PRESENCE_IDLE_MS ? { kind: "idle", sinceMs: changedAtMs } : { kind: "active" };
}
