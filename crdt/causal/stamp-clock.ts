/**
 * Where stamps come from, for rules that let the highest one win. What the number of a stamp counts decides who wins:
 *
 * - wall: what the author's clock shows. A clock that is ahead wins until the others' clocks have come as far.
 * - lamport: one more than the highest that the author has made or heard of (Lamport, CACM 1978). Whoever wrote more wins.
 * - hybrid: the wall clock, but never behind what was heard of (after Kulkarni et al., OPODIS 2014, in one number: where
 *   the wall clock does not suffice, one millisecond more than the highest). Who has seen a write is later than it.
 * - node: the clock of the node, one for all. Left out of `stampClock`: there is nothing to count.
 */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Stamp } from "../base/stamp.ts";

export const CLOCK_KINDS = ["wall", "lamport", "hybrid", "node"] as const;
export type ClockKind = (typeof CLOCK_KINDS)[number];
export type StampClockKind = Exclude<ClockKind, "node">;

export interface StampClock {
  /** By lamport and hybrid a stamp higher than every one that this clock made or heard of. A wall clock that was set back makes lower ones. */
  next(): Stamp;
  /** Tells of a stamp that another replica made. */
  hear(stamp: Stamp): void;
}

export function stampClock(kind: StampClockKind, replica: ReplicaId, clock: Clock): StampClock {
  let seq = 0;
  /** Of all known stamps; for wall the last one. */
  let highest = -1;
  return {
    next() {
      const shown = Math.max(0, Math.floor(clock.now()));
      if (kind === "wall") highest = shown;
      else highest = Math.max(highest + 1, kind === "hybrid" ? shown : 1);
      return { wallMs: highest, replica, seq: ++seq };
    },
    hear(stamp) {
      if (kind !== "wall") highest = Math.max(highest, stamp.wallMs);
    },
  };
}

export interface StampSourceOptions {
  readonly replica: ReplicaId;
  /** What the replica's own clock shows, right or wrong. */
  readonly wall: Clock;
  /** What the node's shows, as far as the replica knows. */
  readonly node: Pick<Clock, "now">;
  /** May become another one between two writes. */
  readonly kind: () => ClockKind;
  /** The highest stamp among the writes that the copy holds; null: none. */
  readonly heard: () => Stamp | null;
  /** Told of the time of each stamp. */
  readonly onStamp?: (wallMs: number) => void;
}

/** A clock for strategies that stamp by the time they are told: each reading is the time of a stamp by the kind of that moment. */
export function stampSource({ replica, wall, node, kind, heard, onStamp }: StampSourceOptions): Clock {
  const counters = { lamport: stampClock("lamport", replica, wall), hybrid: stampClock("hybrid", replica, wall) };
  const next = (): number => {
    const by = kind();
    if (by === "wall" || by === "node") return Math.max(0, Math.floor(by === "wall" ? wall.now() : node.now()));
    const known = heard();
    if (known !== null) counters[by].hear(known);
    return counters[by].next().wallMs;
  };
  return {
    now() {
      const wallMs = next();
      onStamp?.(wallMs);
      return wallMs;
    },
    setTimer: (delayMs, task) => wall.setTimer(delayMs, task),
  };
}
