/** The clocks behind the stamps of a loss, while it is still known what they were set to. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { Stamp } from "../../crdt/base/stamp.ts";
import type { ClockBoard, StampReading } from "../../crdt/sync/clock-board.ts";
import { isByStamp, type LossClocks } from "../../crdt/sync/lateness.ts";

/** null: stamps did not decide it, or they do not tell a time. */
export function lossClocksOf(board: ClockBoard, noteId: NoteId, loss: Loss): LossClocks | null {
  return clocksBy((stamp) => board.readingOf(noteId, stamp), loss);
}

/** As the authors told, once they have. */
export function toldClocksOf(board: ClockBoard, loss: Loss): LossClocks | null {
  return clocksBy((stamp) => board.toldOf(stamp), loss);
}

function clocksBy(read: (stamp: Stamp) => StampReading | null, loss: Loss): LossClocks | null {
  if (!isByStamp(loss)) return null;
  const losing = read(loss.losingStamp);
  const winning = read(loss.winningStamp);
  return losing === null || winning === null ? null : { losing, winning };
}
