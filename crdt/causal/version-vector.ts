/** How many numbers of each replica a copy has: the version of every strategy that counts its events. */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { compareIds, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";

/** How one copy stands to another by what each has seen. */
export type Ordering = "same" | "ahead" | "behind" | "concurrent";

export interface Comparison {
  /** How the holder of the first digest stands to the holder of the second. */
  readonly ordering: Ordering;
  /** How many edits (characters inserted or removed; whole writes for a register) the first lacks, and the second lacks. */
  readonly firstLacks: number;
  readonly secondLacks: number;
}

export type VersionVector = ReadonlyMap<ReplicaId, number>;

/** Entries in ascending order of replica. */
export function sortedEntries(vector: VersionVector): [ReplicaId, number][] {
  return [...vector].sort(([a], [b]) => compareIds(a, b));
}

/** vector := varUint(n) (varUint(replica) varUint(count))^n, by ascending replica. */
export function writeVector(vector: VersionVector): Uint8Array {
  return appendVector(new ByteWriter(), vector).finish();
}

export function appendVector(writer: ByteWriter, vector: VersionVector): ByteWriter {
  writer.varUint(vector.size);
  for (const [replica, count] of sortedEntries(vector)) writer.varUint(replicaNumber(replica)).varUint(count);
  return writer;
}

/** @throws DecodeError when `bytes` is not exactly one vector. */
export function readVector(bytes: Uint8Array): Map<ReplicaId, number> {
  const reader = new ByteReader(bytes);
  const vector = takeVector(reader);
  reader.end();
  return vector;
}

export function takeVector(reader: ByteReader): Map<ReplicaId, number> {
  const vector = new Map<ReplicaId, number>();
  for (let count = reader.count(2); count > 0; count--) vector.set(replicaIdFrom(reader.varUint()), reader.varUint());
  return vector;
}

export function compareVectors(first: VersionVector, second: VersionVector): Comparison {
  const firstLacks = lackOf(first, second);
  const secondLacks = lackOf(second, first);
  const ordering = firstLacks === 0 ? (secondLacks === 0 ? "same" : "ahead") : secondLacks === 0 ? "behind" : "concurrent";
  return { ordering, firstLacks, secondLacks };
}

function lackOf(mine: VersionVector, theirs: VersionVector): number {
  let lack = 0;
  for (const [replica, count] of theirs) lack += Math.max(0, count - (mine.get(replica) ?? 0));
  return lack;
}
