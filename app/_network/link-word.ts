/** A replica's links in a word, for everywhere. Pure. */

import type { LinkConditions, ReplicaConditions } from "../../crdt/network/conditions.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";

export type LinkWord = "Online" | "Slow" | "Lossy" | "One-way" | "Cut" | "Offline";

/** The state of a replica's links in one word. `Offline`: not connected, and no fault says why. */
export function linkWord({
  conditions,
  cutSinceMs,
  isConnected,
  kind,
}: Pick<ReplicaStatus, "conditions" | "cutSinceMs" | "isConnected" | "kind">): LinkWord {
  if (kind === "node") return "Online";
  const { up, down } = conditions;
  const isReset = up.cut === "reset" || down.cut === "reset";
  if (isReset || (up.cut !== "open" && down.cut !== "open")) return "Cut";
  if (up.cut !== "open" || down.cut !== "open") return "One-way";
  if (cutSinceMs !== null) return "Cut";
  if (!isConnected) return "Offline";
  if (isLossy(conditions)) return "Lossy";
  return isSlow(up) || isSlow(down) ? "Slow" : "Online";
}

/** Whether a cut, in either direction, was set by hand. */
export function isCutByHand({ up, down }: ReplicaConditions): boolean {
  return up.cut !== "open" || down.cut !== "open";
}

/** What is set of a replica's presence alone, to be said after its link; empty where nothing is. */
export function presenceWord({ presence }: Pick<ReplicaStatus, "presence">): "" | ", presence cut" | ", presence faulty" {
  if (presence === undefined) return "";
  return presence.up.isCut || presence.down.isCut ? ", presence cut" : ", presence faulty";
}

/** Whether single messages may be lost, doubled or overtaken. */
function isLossy({ up, down }: ReplicaConditions): boolean {
  return up.datagrams !== undefined || down.datagrams !== undefined;
}

function isSlow({ latencyMs, jitterMs, bandwidthBitsPerS, flap }: LinkConditions): boolean {
  return latencyMs > 0 || jitterMs > 0 || bandwidthBitsPerS !== null || flap !== null;
}
