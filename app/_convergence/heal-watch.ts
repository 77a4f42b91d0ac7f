/** Measures how long agreement takes to come back after a heal. A fold over what the control plane says; pure. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";

/** One heal after which everybody agreed again. Times are those of the looks. */
export interface HealRecord {
  readonly healedAtMs: number;
  readonly agreedAfterMs: number;
}

export interface HealWatch {
  /** Who was cut at the last look. */
  readonly cut: readonly ReplicaId[];
  /** When the last cut went, while agreement is not back. */
  readonly healedAtMs: number | null;
  /** How long the last return to agreement took, until somebody differs again. */
  readonly agreedAfterMs: number | null;
  /** Whether anybody differed since the cut began. */
  readonly hasDiffered: boolean;
  /** The last heal that was measured; another object for another one. */
  readonly last: HealRecord | null;
}

export const NOTHING_CUT: HealWatch = { cut: [], healedAtMs: null, agreedAfterMs: null, hasDiffered: false, last: null };

/** The watch after one more look at `nowMs`. Returns the same object when nothing changed. */
export function watchHeal(watch: HealWatch, replicas: readonly ReplicaStatus[], isWhole: boolean, nowMs: number): HealWatch {
  const cut = replicas.filter(({ cutSinceMs }) => cutSinceMs !== null).map(({ replicaId }) => replicaId);
  // A cut replica that left was not healed.
  const isHealedNow = cut.length === 0 && watch.cut.some((id) => replicas.some(({ replicaId }) => replicaId === id));
  let { healedAtMs, agreedAfterMs, last } = watch;
  let hasDiffered = (watch.hasDiffered && (cut.length > 0 || healedAtMs !== null || isHealedNow)) || (!isWhole && cut.length > 0);
  if (cut.length > 0) healedAtMs = agreedAfterMs = null;
  if (isHealedNow) healedAtMs = hasDiffered ? nowMs : null;
  if (!isWhole) agreedAfterMs = null;
  if (isWhole && healedAtMs !== null) {
    agreedAfterMs = nowMs - healedAtMs;
    last = { healedAtMs, agreedAfterMs };
    healedAtMs = null;
    hasDiffered = false;
  }
  const isSameCut = cut.length === watch.cut.length && cut.every((id, n) => id === watch.cut[n]);
  if (isSameCut && healedAtMs === watch.healedAtMs && agreedAfterMs === watch.agreedAfterMs && hasDiffered === watch.hasDiffered)
    return watch;
  return { cut, healedAtMs, agreedAfterMs, hasDiffered, last };
}
