/**
 * The critical versions of a log: events that everything before leads to and everything after builds on. A tracker can
 * begin at any of them, since nothing that comes after can have seen less. Kept with the length of the text there, which
 * nobody can tell later.
 */

import { assert } from "../base/assert.ts";
import { type EventLog, INSERT } from "./event-log.ts";
import type { Tracker } from "./tracker.ts";

/** LVs from `from` to `to`, both included, each of which builds on the one before. */
export interface CriticalRange {
  readonly from: number;
  readonly to: number;
  /** Units in the text at `to`. */
  readonly lengthAtTo: number;
}

type Range = { -readonly [K in keyof CriticalRange]: CriticalRange[K] };

export class CriticalVersions {
  readonly #log: EventLog;
  readonly #ranges: Range[] = [];
  /** Where the range that goes on to the last event began; -1: the last event is not critical. */
  #openFrom = -1;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The events from `lv` on build on everything before. Constant and next to nothing. */
  open(lv: number): void {
    if (this.#openFrom < 0) this.#openFrom = lv;
  }

  /** Begins behind a cut: its last event is critical. */
  beginAt(lv: number, length: number): void {
    this.#ranges.push({ from: lv, to: lv, lengthAtTo: length });
  }

  /** Of an unpacked history: the log's events are there already. */
  restore(ranges: readonly CriticalRange[]): void {
    // The one at a cut may have gone on since.
    if (ranges[0]?.from === this.#ranges[0]?.from) this.#ranges.length = 0;
    for (const range of ranges) this.#ranges.push({ ...range });
    const last = this.#ranges.at(-1);
    // What follows the last event goes on with its range.
    if (last !== undefined && last.to === this.#log.count - 1 && this.#log.count > this.#log.firstLv) {
      this.#ranges.pop();
      this.#openFrom = last.from;
    }
  }

  /** As `restore`, in place of what was there. */
  reset(ranges: readonly CriticalRange[]): void {
    this.#ranges.length = 0;
    this.#openFrom = -1;
    this.restore(ranges);
  }

  /** All of them; `length` is that of the text now. */
  ranges(length: number): readonly CriticalRange[] {
    if (this.#openFrom < 0) return this.#ranges;
    return [...this.#ranges, { from: this.#openFrom, to: this.#log.count - 1, lengthAtTo: length }];
  }

  /** Something comes as event `lv` that has not seen everything before it. `length` is that of the text before it. */
  close(lv: number, length: number): void {
    if (this.#openFrom < 0) return;
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.to === this.#openFrom - 1) {
      last.to = lv - 1;
      last.lengthAtTo = length;
    } else this.#ranges.push({ from: this.#openFrom, to: lv - 1, lengthAtTo: length });
    this.#openFrom = -1;
  }

  /** The last one among closed ranges; -1 and an empty text before everything. */
  get last(): { readonly lv: number; readonly length: number } {
    const range = this.#ranges.at(-1);
    return { lv: range?.to ?? -1, length: range?.lengthAtTo ?? 0 };
  }

  /** The event from which on each acted on all before it; the next one's LV when the last did not. */
  get linearFrom(): number {
    let from = this.#openFrom < 0 ? this.#log.count : this.#openFrom;
    for (let n = this.#ranges.length - 1; this.#openFrom >= 0 && n >= 0 && this.#ranges[n]!.to === from - 1; n--)
      from = this.#ranges[n]!.from;
    return Math.max(from, this.#log.firstLv);
  }

  /** The last one before event `bound`; -1 when there is none. */
  before(bound: number): number {
    if (this.#openFrom >= 0 && this.#openFrom < bound) return Math.min(this.#log.count, bound) - 1;
    for (let n = this.#ranges.length - 1; n >= 0; n--) {
      const { from, to } = this.#ranges[n]!;
      if (from < bound) return Math.min(to, bound - 1);
    }
    return -1;
  }

  /** Something came that had seen nothing later than `lv`. The last range must be closed. */
  forgetAfter(lv: number): void {
    assert(this.#openFrom < 0, "The last range is open");
    for (let last = this.#ranges.at(-1); last !== undefined && last.to > lv; last = this.#ranges.at(-1)) {
      if (last.from > lv) {
        this.#ranges.pop();
        continue;
      }
      // Every event of a range built on the one before, so each changed the length by what it says.
      for (let at = lv + 1; at <= last.to;) {
        const to = this.#log.opEnd(at, last.to + 1);
        last.lengthAtTo += (this.#log.kindAt(at) === INSERT ? -1 : 1) * (to - at);
        at = to;
      }
      last.to = lv;
    }
  }

  /** Finds all of them anew, by taking all events into `tracker`, which begins before all events, or at a cut. Cost: a replay. */
  replay(tracker: Tracker): void {
    const log = this.#log;
    const { base, baseLength } = tracker;
    this.reset(base < 0 ? [] : [{ from: base, to: base, lengthAtTo: baseLength }]);
    let frontier: readonly number[] = base < 0 ? [] : [base];
    for (let lv = log.firstLv; lv < log.count;) {
      const to = log.opEnd(lv, log.count);
      const parents = log.parentsOf(lv);
      const before = tracker.length;
      tracker.take(to, null);
      const isNext = isSame(parents, frontier);
      if (isNext && tracker.length === before + (log.kindAt(lv) === INSERT ? to - lv : lv - to)) this.open(lv);
      else this.close(lv, before);
      if (!isNext) this.forgetAfter(parents.at(-1) ?? -1);
      frontier = isNext ? [to - 1] : [...frontier.filter((tip) => !parents.includes(tip)), to - 1];
      lv = to;
    }
  }

  /** @throws AssertionError when the ranges are not ascending. */
  checkInvariants(): void {
    let from = -1;
    for (const range of this.#ranges) {
      assert(range.from > from && range.to >= range.from, `Critical range ${range.from} to ${range.to} after ${from}`);
      from = range.to;
    }
    assert(this.#openFrom < 0 || this.#openFrom > from, `An open range from ${this.#openFrom} after ${from}`);
  }
}

/** Whether two versions, each by its tips in ascending order, are one. */
export function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}
