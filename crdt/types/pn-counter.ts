/** Counter that goes both ways (Shapiro et al., INRIA RR-7506, 2011): two grow-only counters, one subtracted. */

import type { ReplicaId } from "../base/ids.ts";
import { counterValue, type GCounter, increment, mergeCounters } from "./g-counter.ts";

export interface PnCounter {
  readonly plus: GCounter;
  readonly minus: GCounter;
}

export const ZERO: PnCounter = { plus: new Map(), minus: new Map() };

/** @throws RangeError when `by` is 0 or no integer. */
export function addTo(counter: PnCounter, replica: ReplicaId, by: number): PnCounter {
  return by > 0
    ? { ...counter, plus: increment(counter.plus, replica, by) }
    : { ...counter, minus: increment(counter.minus, replica, -by) };
}

export function pnValue({ plus, minus }: PnCounter): number {
  return counterValue(plus) - counterValue(minus);
}

export function mergePn(a: PnCounter, b: PnCounter): PnCounter {
  return { plus: mergeCounters(a.plus, b.plus), minus: mergeCounters(a.minus, b.minus) };
}
