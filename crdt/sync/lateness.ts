/**
 * Whether a write that lost by its stamp was really earlier, or lost to a clock that was off: computed from when both were
 * really made. Pure.
 */

import type { StampReading } from "./clock-board.ts";

/** The clocks behind the two stamps of a loss. */
export interface LossClocks {
  readonly losing: StampReading;
  readonly winning: StampReading;
}

export type Lateness =
  /** The winner was really written later, by so much. */
  | { readonly kind: "later"; readonly byMs: number }
  /** The loser was really written later, or at the same time: the clock of one of the two, off by `offMs`, turned it round. */
  | {
      readonly kind: "skew";
      readonly byMs: number;
      readonly whose: "winner" | "loser";
      /** Positive: ahead. */
      readonly offMs: number;
    };

/** The clock that is named is the one that did more to it. */
export function latenessOf({ losing, winning }: LossClocks): Lateness {
  const byMs = losing.writtenAtMs - winning.writtenAtMs;
  if (byMs < 0) return { kind: "later", byMs: -byMs };
  // The loser's stamp is the lower one, so its clock was behind the winner's; where both agree, the tie went by the id.
  if (winning.offsetMs === losing.offsetMs) return { kind: "later", byMs: 0 };
  const isWinner = winning.offsetMs > 0 && winning.offsetMs >= -losing.offsetMs;
  return { kind: "skew", byMs, whose: isWinner ? "winner" : "loser", offMs: isWinner ? winning.offsetMs : losing.offsetMs };
}
