/** The clocks behind the stamps of a loss, while it is still known what they were set to. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { Loss, LossRule } from "../../crdt/strategy/strategy.ts";
import type { Stamp } from "../../crdt/base/stamp.ts";
import type { ClockBoard, StampReading } from "../../crdt/sync/clock-board.ts";
import type { LossClocks } from "../../crdt/sync/lateness.ts";

/** Rules that compare stamps. */
const BY_STAMP: ReadonlySet<LossRule> = new Set([
  "lww-older-stamp",
  "lww-overwritten-unseen",
  "lww-line-older-stamp",
  "lww-line-overwritten-unseen",
]);

/** null: stamps did not decide it, or they do not tell a time. */
export function lossClocksOf(board: ClockBoard, noteId: NoteId, loss: Loss): LossClocks | null {
  return clocksBy((stamp) => board.readingOf(noteId, stamp), loss);
}

/** As the authors told, once they have. */
export function toldClocksOf(board: ClockBoard, loss: Loss): LossClocks | null {
  return clocksBy((stamp) => board.toldOf(stamp), loss);
}

function clocksBy(read: (stamp: Stamp) => StampReading | null, { rule, losingStamp, winningStamp }: Loss): LossClocks | null {
  if (!BY_STAMP.has(rule)) return null;
  const losing = read(losingStamp);
  const winning = read(winningStamp);
  return losing === null || winning === null ? null : { losing, winning };
}
