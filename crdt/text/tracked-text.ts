/**
 * Between the text and a tracker: what events taken in do to the text; and, where much is taken in at once, the text given
 * up for the tracker, and made anew from it.
 */

import type { Splice } from "../base/splice.ts";
import type { EventLog } from "./event-log.ts";
import type { HistoryCodes } from "./history-codes.ts";
import { Rope } from "./rope.ts";
import { type EffectSink, PLACE, type Tracker } from "./tracker.ts";

/** Told of each change of the text, in order. */
export type OnSplice = (splice: Splice) => void;

/** Does to a text what events taken in do; `codes` is told what is about to be deleted. */
export class RopeSink implements EffectSink {
  readonly #rope: Rope;
  readonly #log: EventLog;
  readonly #codes: HistoryCodes | null;
  /** null: nobody asks. */
  onSplice: OnSplice | null = null;
  /** What the one run that is taken in inserts, for who asks. */
  text = "";

  constructor(rope: Rope, log: EventLog, codes: HistoryCodes | null) {
    this.#rope = rope;
    this.#log = log;
    this.#codes = codes;
  }

  inserted(index: number, from: number, to: number): void {
    this.#log.copyText(from, to, this.#rope, index);
    this.onSplice?.({ index, remove: 0, insert: this.text });
  }

  deleted(index: number, count: number): void {
    this.#codes?.keep(this.#rope, index, count);
    this.#rope.delete(index, count);
    this.onSplice?.({ index, remove: count, insert: "" });
  }
}

/** What is left in `rope`, the text of `tracker`, of the text at the tracker's base, each unit at its place there. Cost: linear. */
export function baseUnits(tracker: Tracker, rope: Rope): Uint16Array {
  const units = new Uint16Array(tracker.baseLength);
  let at = 0;
  for (const { id, length, isGone } of tracker.spans()) {
    if (isGone) continue;
    if (id >= PLACE) rope.copyUnits(at, at + length, units, id - PLACE);
    at += length;
  }
  return units;
}

/** The text of `tracker`, of whose base text `units` is left. Cost: linear. */
export function textOf(tracker: Tracker, units: Uint16Array, log: EventLog): Rope {
  const rope = new Rope();
  let at = 0;
  for (const { id, length, isGone } of tracker.spans()) {
    if (isGone) continue;
    if (id >= PLACE) rope.insertUnits(at, units, id - PLACE, id - PLACE + length);
    else log.copyText(id, id + length, rope, at);
    at += length;
  }
  return rope;
}
