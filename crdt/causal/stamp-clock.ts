/**
 * Where stamps come from, for rules that let the highest one win. What the number of a stamp counts decides who wins:
 *
 * - wall: what the author's clock shows. A clock that is ahead wins until the others' clocks have come as far.
 * - lamport: one more than the highest that the author has made or heard of (Lamport, CACM 1978). Whoever wrote more wins.
 * - hybrid: the wall clock, but never behind what was heard of (after Kulkarni et al., OPODIS 2014, in one number: where
 *   the wall clock does not suffice, one millisecond more than the highest). Who has seen a write is later than it.
 */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Stamp } from "../base/stamp.ts";

export type StampClockKind = "wall" | "lamport" | "hybrid";

export interface StampClock {
  /** A stamp higher than every one that this clock made before; by lamport and hybrid also than every one it heard of. */
  next(): Stamp;
  /** Tells of a stamp that another replica made. */
  hear(stamp: Stamp): void;
}

export function stampClock(kind: StampClockKind, replica: ReplicaId, clock: Clock): StampClock {
  let seq = 0;
  /** Of all known stamps, but for wall of one's own alone. */
  let highest = -1;
  return {
    next() {
      const shown = Math.max(0, Math.floor(clock.now()));
      // A clock that is set back makes no stamp below the last one.
      if (kind === "wall") highest = Math.max(shown, highest);
      else highest = Math.max(highest + 1, kind === "hybrid" ? shown : 1);
      return { wallMs: highest, replica, seq: ++seq };
    },
    hear(stamp) {
      if (kind !== "wall") highest = Math.max(highest, stamp.wallMs);
    },
  };
}
