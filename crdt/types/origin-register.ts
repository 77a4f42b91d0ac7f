/**
 * A register as a key of a Y.Map holds it: each write stands behind the one that its author saw, writes behind the same
 * one by ascending replica, and the last of them all is the value. So of two that wrote at once the higher id has the last word, however
 * often and however late the other wrote. YATA (Nicolaescu et al., 2016) with nothing to the right of any write; kept whole.
 */

import { compareIds, type ReplicaId } from "../base/ids.ts";

export interface OriginWrite<T> {
  /** `replica:seq`. */
  readonly id: string;
  readonly replica: ReplicaId;
  /** What the author saw; null: nothing. */
  readonly origin: string | null;
  readonly value: T;
}

export type OriginRegister<T> = readonly OriginWrite<T>[];

/** Adds a write of `replica` behind what this register shows. */
export function writeOrigin<T>(register: OriginRegister<T>, replica: ReplicaId, seq: number, value: T): OriginRegister<T> {
  return [...register, { id: `${replica}:${seq}`, replica, origin: shownOf(register)?.id ?? null, value }];
}

/** Commutative, associative, idempotent. */
export function mergeOrigins<T>(a: OriginRegister<T>, b: OriginRegister<T>): OriginRegister<T> {
  const known = new Set(a.map(({ id }) => id));
  return [...a, ...b.filter(({ id }) => !known.has(id))].sort((x, y) => (x.id < y.id ? -1 : 1));
}

/** The write that counts: the last one behind the last one, from the beginning on. Cost: quadratic in writes at worst. */
export function shownOf<T>(register: OriginRegister<T>): OriginWrite<T> | null {
  let shown: OriginWrite<T> | null = null;
  for (;;) {
    const origin: string | null = shown?.id ?? null;
    const behind: readonly OriginWrite<T>[] = register.filter((write) => write.origin === origin);
    if (behind.length === 0) return shown;
    shown = behind.reduce((last, write) => (compareIds(write.replica, last.replica) > 0 ? write : last));
  }
}
