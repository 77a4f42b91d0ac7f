/** Whether unit-walk.ts, which reads the rows alone, and a replay agree. */

import { assert } from "../base/assert.ts";
import { type EventLog, INSERT } from "./event-log.ts";
import { PLACE, type Tracker } from "./tracker.ts";
import { originOf, placeOf } from "./unit-walk.ts";

/** Verifies that what is told from the rows alone is what `replay`, which has all events, tells. @throws AssertionError */
export function checkWalks(log: EventLog, from: number, length: number, replay: Tracker): void {
  const step = Math.ceil(length / 16);
  for (let index = 0; index < length; index += step) {
    const { lv } = originOf(log, from, length, index);
    const id = replay.idAt(index);
    assert(lv < 0 ? id < from || id >= PLACE : lv === id, `Unit ${index} is ${id}; the rows say ${lv}`);
  }
  for (let lv = from; lv < log.count; lv += Math.ceil((log.count - from) / 16)) {
    if (log.kindAt(lv) !== INSERT) continue;
    const { index, isGone } = placeOf(log, from, lv, length);
    assert(index === replay.indexOf(lv) && isGone === replay.isGone(lv), `Unit ${lv} is at ${replay.indexOf(lv)}; the rows say ${index}`);
  }
}
