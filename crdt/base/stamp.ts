/** A write's time by its author's wall clock. What every last-writer-wins rule in Riftpad compares. */

import { compareIds, type ReplicaId } from "./ids.ts";

export interface Stamp {
  readonly wallMs: number;
  readonly replica: ReplicaId;
  /** The author's own count, for two writes in one millisecond. */
  readonly seq: number;
}

/** By time, then by replica, then by the author's own count. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.wallMs - b.wallMs || compareIds(a.replica, b.replica) || a.seq - b.seq;
}

/** One write's name, for ids of losses. */
export function stampText({ wallMs, replica, seq }: Stamp): string {
  return `${wallMs}.${replica}.${seq}`;
}
