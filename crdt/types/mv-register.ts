/**
 * Multi-value register (Shapiro et al., INRIA RR-7506, 2011): what was written at once stands side by side until somebody
 * who has seen all of it writes. Each write has a dot, and a copy knows which dots it has seen.
 */

import { compareIds, type ReplicaId } from "../base/ids.ts";
import type { VersionVector } from "../causal/version-vector.ts";

export interface MvWrite<T> {
  readonly replica: ReplicaId;
  readonly seq: number;
  readonly value: T;
}

export interface MvRegister<T> {
  /** By replica, then by seq. */
  readonly siblings: readonly MvWrite<T>[];
  readonly seen: VersionVector;
}

export function emptyMv<T>(): MvRegister<T> {
  return { siblings: [], seen: new Map() };
}

/** Supersedes every sibling that is here. */
export function writeMv<T>({ seen }: MvRegister<T>, replica: ReplicaId, value: T): MvRegister<T> {
  const seq = (seen.get(replica) ?? 0) + 1;
  return { siblings: [{ replica, seq, value }], seen: new Map(seen).set(replica, seq) };
}

/** Commutative, associative, idempotent. Of what both have seen, what both still hold; of the rest, all. */
export function mergeMv<T>(a: MvRegister<T>, b: MvRegister<T>): MvRegister<T> {
  const has = ({ siblings }: MvRegister<T>, write: MvWrite<T>): boolean =>
    siblings.some(({ replica, seq }) => replica === write.replica && seq === write.seq);
  const stands = (other: MvRegister<T>, write: MvWrite<T>): boolean =>
    write.seq > (other.seen.get(write.replica) ?? 0) || has(other, write);
  const siblings = [...a.siblings.filter((write) => stands(b, write)), ...b.siblings.filter((write) => stands(a, write) && !has(a, write))];
  const seen = new Map(a.seen);
  for (const [replica, seq] of b.seen) seen.set(replica, Math.max(seq, seen.get(replica) ?? 0));
  return { siblings: siblings.sort((x, y) => compareIds(x.replica, y.replica) || x.seq - y.seq), seen };
}
