/** The clocks of a fork's replicas, kept as those of the recording were. */

import { type ClockSetting, offsetAt, TRUE_CLOCK } from "../base/wall-clock.ts";

/** Tells what a step of the sandbox is to set of a clock. Times of the recording, and of the run, in ms. */
export class ForkedClocks {
  readonly #set = new Map<number, ClockSetting>();
  /** The recording's. */
  readonly #wanted = new Map<number, ClockSetting>();

  /** From `nowMs` of the run on, which is `atMs` of the recording; null: nothing is to be done. */
  set(by: number, wanted: ClockSetting, atMs: number, nowMs: number): Readonly<Record<string, number>> | null {
    this.#wanted.set(by, wanted);
    return this.keep(by, atMs, nowMs, true);
  }

  /** The same before an edit: a clock that drifts has gone on while a pause was shortened, or something was waited for. */
  keep(by: number, atMs: number, nowMs: number, isNew = false): Readonly<Record<string, number>> | null {
    const wanted = this.#wanted.get(by);
    if (wanted === undefined || (!isNew && wanted.driftPpm === 0)) return null;
    const { driftPpm } = wanted;
    const offsetMs = offsetAt(wanted, atMs);
    const is = this.#set.get(by) ?? TRUE_CLOCK;
    const shownMs = offsetAt(is, nowMs);
    if (!isNew && Math.abs(offsetMs - shownMs) < 1) return null;
    this.#set.set(by, { offsetMs, driftPpm, sinceMs: nowMs });
    // Without drift, exactly: sums of fractions fall short of whole ms.
    return driftPpm === 0 ? { driftPpm, offsetMs: Math.round(offsetMs) } : { driftPpm, stepMs: offsetMs - shownMs };
  }
}
