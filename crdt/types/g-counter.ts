/** Grow-only counter (Shapiro et al., INRIA RR-7506, 2011): each replica counts for itself; the value is the sum. */

import type { ReplicaId } from "../base/ids.ts";

export type GCounter = ReadonlyMap<ReplicaId, number>;

/** @throws RangeError when `by` is not a positive integer. */
export function increment(counter: GCounter, replica: ReplicaId, by = 1): GCounter {
  if (!Number.isSafeInteger(by) || by < 1) throw new RangeError(`Invalid increment ${by}: expected a positive integer`);
  return new Map(counter).set(replica, (counter.get(replica) ?? 0) + by);
}

export function counterValue(counter: GCounter): number {
  let sum = 0;
  for (const count of counter.values()) sum += count;
  return sum;
}

/** The higher count of each replica: idempotent, so a message delivered twice counts once. */
export function mergeCounters(a: GCounter, b: GCounter): GCounter {
  const out = new Map(a);
  for (const [replica, count] of b) out.set(replica, Math.max(count, out.get(replica) ?? 0));
  return out;
}
