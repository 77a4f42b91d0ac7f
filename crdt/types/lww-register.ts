/** Last-writer-wins register (Shapiro et al., INRIA RR-7506, 2011): the value with the highest stamp. */

import { compareStamps, type Stamp } from "../base/stamp.ts";

export interface LwwRegister<T> {
  readonly value: T;
  readonly stamp: Stamp;
}

/** Commutative, associative, idempotent. The other value is gone. */
export function mergeLww<T>(a: LwwRegister<T>, b: LwwRegister<T>): LwwRegister<T> {
  return compareStamps(a.stamp, b.stamp) >= 0 ? a : b;
}
