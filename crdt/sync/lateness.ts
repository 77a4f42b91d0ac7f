/**
 * Whether a write that lost by its stamp was really earlier, or lost to a clock that was off: computed from when both were
 * really made. Pure.
 */

import type { Loss, LossRule } from "../strategy/strategy.ts";
import type { StampReading } from "./clock-board.ts";

const BY_STAMP: ReadonlySet<LossRule> = new Set([
  "lww-older-stamp",
  "lww-overwritten-unseen",
  "lww-line-older-stamp",
  "lww-line-overwritten-unseen",
]);

/** Whether its rule compared stamps. */
export function isByStamp({ rule }: Pick<Loss, "rule">): boolean {
  return BY_STAMP.has(rule);
}

/** The clocks behind the two stamps of a loss. */
export interface LossClocks {
  readonly losing: StampReading;
  readonly winning: StampReading;
}

/** Clocks are not known better than this. */
export const SAME_MS = 50;

export type Lateness =
  /** The winner was really written later, by so much, or at the same time as far as anybody can tell. */
  | { readonly kind: "later"; readonly byMs: number }
  /** The loser was really written later: the clock of one of the two, off by `offMs`, turned it round. */
  | {
      readonly kind: "skew";
      readonly byMs: number;
      readonly whose: "winner" | "loser";
      /** Positive: ahead. */
      readonly offMs: number;
    }
  /** The loser was really written later, and no clock explains it: the stamps count, or go on from one that was seen. */
  | { readonly kind: "counted"; readonly byMs: number };

/** The clock that is named is the one that did more to it. */
export function latenessOf({ losing, winning }: LossClocks): Lateness {
  const byMs = losing.writtenAtMs - winning.writtenAtMs;
  const apartMs = winning.offsetMs - losing.offsetMs;
  if (byMs < 0) return { kind: "later", byMs: -byMs };
  if (apartMs < SAME_MS) return byMs < SAME_MS ? { kind: "later", byMs: 0 } : { kind: "counted", byMs };
  if (apartMs + SAME_MS < byMs) return { kind: "counted", byMs };
  const isWinner = winning.offsetMs > 0 && winning.offsetMs >= -losing.offsetMs;
  return { kind: "skew", byMs, whose: isWinner ? "winner" : "loser", offMs: isWinner ? winning.offsetMs : losing.offsetMs };
}
