/**
 * The critical versions of a log: events that everything before leads to and everything after builds on. A tracker can
 * begin at any of them, since nothing that comes after can have seen less. Kept with the length of the text there, which
 * nobody can tell later.
 */

import { assert } from "../base/assert.ts";
import type { EventLog } from "./event-log.ts";

/** LVs from `from` to `to`, each of which builds on the one before. */
interface Range {
  readonly from: number;
  to: number;
  /** Units in the text at `to`. */
  lengthAtTo: number;
}

export class CriticalVersions {
  readonly #log: EventLog;
  readonly #ranges: Range[] = [];

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The last one; -1 and an empty text before everything. */
  get last(): { readonly lv: number; readonly length: number } {
    const range = this.#ranges.at(-1);
    return { lv: range?.to ?? -1, length: range?.lengthAtTo ?? 0 };
  }

  /** The events from `lv` to now build on everything before. `length` is that of the text now. */
  add(lv: number, length: number): void {
    const last = this.#ranges.at(-1);
    const to = this.#log.count - 1;
    if (last === undefined || last.to !== lv - 1) this.#ranges.push({ from: lv, to, lengthAtTo: length });
    else {
      last.to = to;
      last.lengthAtTo = length;
    }
  }

  /** Something came that had seen nothing later than `lv`. */
  forgetAfter(lv: number): void {
    for (let last = this.#ranges.at(-1); last !== undefined && last.to > lv; last = this.#ranges.at(-1)) {
      if (last.from > lv) {
        this.#ranges.pop();
        continue;
      }
      // Every event of a range built on the one before, so each changed the length by what it says.
      for (let at = lv + 1; at <= last.to;) {
        const to = this.#log.runEnd(at, last.to + 1);
        last.lengthAtTo += (this.#log.opAt(at, to).kind === "insert" ? -1 : 1) * (to - at);
        at = to;
      }
      last.to = lv;
    }
  }

  /** @throws AssertionError when the ranges are not ascending. */
  checkInvariants(): void {
    let from = -1;
    for (const range of this.#ranges) {
      assert(range.from > from && range.to >= range.from, `Critical range ${range.from} to ${range.to} after ${from}`);
      from = range.to;
    }
  }
}
