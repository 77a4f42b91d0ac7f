/**
 * Places that survive edits, as bytes: a side and the unit that the place stays with, by its event, or, in text older than a
 * cut, by the cut's last event and its place there.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { INSERT } from "./event-log.ts";
import type { TextState } from "./text-state.ts";
import { PLACE } from "./tracker.ts";

export type Anchor = Uint8Array;

/** A position that stays with the unit behind it (side 1) or before it (side -1), deleted or not. */
export function anchorAt(state: TextState, index: number, side: -1 | 1): Anchor {
  if (!(index >= 0 && index <= state.length)) throw new RangeError(`Invalid position ${index} in a document of length ${state.length}`);
  const unit = side < 0 ? index - 1 : index;
  const bySide = side < 0 ? 0 : 1;
  if (unit < 0 || unit >= state.length) return new ByteWriter(1).byte(bySide).finish();
  const { log } = state;
  const id = state.idAt(unit);
  const { agent, seq } = log.idOf(id >= PLACE ? log.firstLv - 1 : id);
  const writer = new ByteWriter(16)
    .byte(bySide + (id >= PLACE ? 2 : 0))
    .varUint(replicaNumber(agent))
    .varUint(seq);
  return (id >= PLACE ? writer.varUint(id - PLACE) : writer).finish();
}

/** Where an anchor lies now. Unknown ids resolve to the end. @throws DecodeError */
export function resolveAnchor(state: TextState, anchor: Anchor): number {
  const reader = new ByteReader(anchor);
  const mark = reader.byte();
  if (mark > 3) throw new DecodeError(`Invalid side ${mark}`, 0);
  const isBehind = (mark & 1) === 0;
  if (reader.remaining === 0) return isBehind ? 0 : state.length;
  const { agent, seq } = readId(reader);
  const lv = state.log.lvOf(agent, seq);
  const id = mark < 2 ? insertedAt(state, lv) : baseUnit(state, lv, reader.varUint());
  if (id < 0) return state.length;
  const { index, isGone } = state.placeOf(id);
  return index + (isBehind && !isGone ? 1 : 0);
}

/** The id under which a unit inserted by event `lv` is known; -1: it inserted none, or is not here. */
function insertedAt({ log }: TextState, lv: number): number {
  return lv < log.firstLv || log.kindAt(lv) !== INSERT ? -1 : lv;
}

/** The id of unit `place` in the text at event `lv`; -1: unknown. */
function baseUnit(state: TextState, lv: number, place: number): number {
  const { log, cut } = state;
  if (lv < 0 || lv < log.firstLv - 1) return -1;
  if (lv === log.firstLv - 1) return cut !== null && place < cut.text.length ? PLACE + place : -1;
  return state.idInPast(lv, place);
}

/** An event's id, as anchors and frontiers write it. @throws DecodeError */
export function readId(reader: ByteReader): { readonly agent: ReplicaId; readonly seq: number } {
  const number = reader.varUint();
  return { agent: replicaIdFrom(number), seq: reader.varUint() };
}
