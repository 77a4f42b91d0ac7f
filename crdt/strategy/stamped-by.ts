/**
 * What a last-writer-wins strategy stamps its writes with. The strategies ask a clock for the time; here they are given one
 * of any kind (causal/stamp-clock.ts). What a copy has heard of is what it holds, since a write that was seen is held.
 */

import type { Clock } from "../base/clock.ts";
import { type ClockKind, stampSource } from "../causal/stamp-clock.ts";
import type { Replica, Strategy } from "./strategy.ts";

export interface StampedBy {
  /** May become another one between two writes; copies of a note stay in step whatever each stamps with. */
  readonly kind: () => ClockKind;
  /** What a replica's own clock shows; left out: the one that its copy is opened with. */
  readonly wall?: Clock;
  readonly node: Pick<Clock, "now">;
  /** Told of the time of each stamp. */
  readonly onStamp?: (wallMs: number) => void;
}

/** Whether stamps decide what is lost in a note of this strategy. */
export function isStamped({ traits }: Strategy): boolean {
  return traits.losesWrites && !traits.isOrdered;
}

/** `strategy`, stamping by that. One whose writes a node orders, or that never discards any, is left as it is. */
export function stampedBy({ wall, ...source }: StampedBy, strategy: Strategy): Strategy {
  if (!isStamped(strategy)) return strategy;
  return {
    ...strategy,
    open(options) {
      let copy: Replica | null = null;
      const heard = () => copy?.latestStamp?.() ?? null;
      const clock = stampSource({ replica: options.replica, wall: wall ?? options.clock, heard, ...source });
      copy = strategy.open({ ...options, clock });
      return copy;
    },
  };
}
