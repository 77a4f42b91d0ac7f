/** A loaded history of which only the text and the numbers have been read, and how its events learn what they inserted. */

import { DecodeError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { deletedRanges, type StoredDeleted, unitsOf } from "./deleted-text.ts";
import type { Unpacked } from "./event-columns.ts";
import type { EventLog } from "./event-log.ts";
import { unitsText } from "./rope.ts";
import { PLACE, type Tracker } from "./tracker.ts";

/** Stands for a unit that was deleted and is not known any more. */
export const UNKNOWN = "\ufffd";

export interface Sealed {
  readonly text: string;
  /** Each agent with its next seq, in the log's order. */
  readonly agents: readonly (readonly [ReplicaId, number])[];
  readonly tips: readonly (readonly [agent: ReplicaId, seq: number])[];
  readonly inserted: number;
  readonly hasPairs: boolean;
  /** Adds the events without what they inserted. @throws DecodeError */
  unpack(log: EventLog): Unpacked;
  /** What was deleted: as it is stored now, or, from format 2, in the order of the document. Both null: it is not known any more. */
  readonly deleted: StoredDeleted | null;
  /** @throws DecodeError */
  readonly deletedBefore: (() => string) | null;
}

/**
 * Whether every unit of a history of `inserted` units is there, in the text or among what was deleted, and none is half of a
 * surrogate pair: then `fillText` cannot fail, and can wait until somebody asks. The text must be as long as the events make it.
 * @throws DecodeError when what was deleted is not what was announced.
 */
export function isPlain({ text, deleted }: Sealed, inserted: number): boolean {
  if (deleted === null || deleted.units !== inserted - text.length || /[\ud800-\udfff]/.test(text)) return false;
  return unitsOf(deleted).every((unit) => (unit & 0xf800) !== 0xd800);
}

/**
 * Tells the log's events before `to`, those of the history, what they inserted. `tracker` has these and no others: it knows
 * the order of everything, and what of it is gone.
 * @throws DecodeError when the text is not what the events make.
 */
export function fillText(log: EventLog, to: number, tracker: Tracker, sealed: Sealed, baseText: string): void {
  const { deleted } = sealed;
  const before = sealed.deletedBefore?.() ?? null;
  let [kept, gone] = [0, 0];
  for (const { id, length, isGone } of tracker.spans()) {
    if (id < PLACE && (!isGone || deleted === null)) {
      const text = isGone ? (before?.slice(gone, gone + length) ?? UNKNOWN.repeat(length)) : sealed.text.slice(kept, kept + length);
      if (text.length !== length) throw new DecodeError("A history that inserts more than its text", 0);
      log.fillText(id, text);
    }
    if (isGone) gone += id < PLACE ? length : 0;
    else kept += length;
  }
  if (kept !== sealed.text.length || (before !== null && gone !== before.length))
    throw new DecodeError("A history that inserts less than its text", 0);
  if (deleted !== null) fillDeleted(log, to, tracker, unitsOf(deleted), baseText);
  else if (before === null && gone > 0) log.markUnknown();
}

/** As `fillText`, for what is gone: `units` come in the order in which they were deleted. */
function fillDeleted(log: EventLog, to: number, tracker: Tracker, units: Uint16Array, baseText: string): void {
  let at = 0;
  for (const { id, length } of deletedRanges(log, tracker, to)) {
    if (at + length > units.length) throw new DecodeError("A history that deletes more than is stored", 0);
    const text = unitsText(units, at, at + length);
    if (id < PLACE) log.fillText(id, text);
    else if (baseText.slice(id - PLACE, id - PLACE + length) !== text) throw new DecodeError("Another text than was cut off", 0);
    at += length;
  }
  if (at !== units.length) throw new DecodeError("A history that deletes less than is stored", 0);
}
