/** Last-writer-wins element set (Shapiro et al., INRIA RR-7506, 2011): each element a register of whether it is there. */

import type { Stamp } from "../base/stamp.ts";
import { type LwwRegister, mergeLww } from "./lww-register.ts";

export type LwwElementSet<T> = ReadonlyMap<T, LwwRegister<boolean>>;

/** Adds or removes `element`, unless a later stamp has decided already. */
export function putElement<T>(set: LwwElementSet<T>, element: T, isThere: boolean, stamp: Stamp): LwwElementSet<T> {
  return mergeElements(set, new Map([[element, { value: isThere, stamp }]]));
}

export function lwwElements<T>(set: LwwElementSet<T>): T[] {
  return [...set].filter(([, { value }]) => value).map(([element]) => element);
}

export function mergeElements<T>(a: LwwElementSet<T>, b: LwwElementSet<T>): LwwElementSet<T> {
  const out = new Map(a);
  for (const [element, register] of b) {
    const own = out.get(element);
    out.set(element, own === undefined ? register : mergeLww(own, register));
  }
  return out;
}
