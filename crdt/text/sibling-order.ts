/**
 * Who stands before whom of those who typed at one place, none having seen the other: the order of Weidner and Kleppmann's
 * FugueMax (arXiv 2305.00583), found by walking a list as Gentle's YjsMod does. In a crowd at the very same place the walk
 * begins by halving.
 */

import type { EventLog } from "./event-log.ts";
import type { UnitIndex } from "./unit-index.ts";

/** A place among more spans than this is remembered. */
const CROWD_SCAN_MIN = 8;
/** The end of more spans than this is remembered. */
const PASSED_MIN = 8;

export class SiblingOrder {
  readonly #log: EventLog;
  readonly #units: UnitIndex;
  /** Where many have typed at the very same place, some of them, ascending in id, by what they typed behind. */
  readonly #crowds = new Map<number, { readonly right: number; readonly members: number[] }>();
  /**
   * Where much hangs on a span, typed behind a unit of it or behind what hangs on it: the last unit of that, as far as it is known.
   * Whoever passes the span passes all of this: what hangs on one unit stands together, and who has not seen the unit has seen none of it.
   */
  readonly #lastBehind = new Map<number, number>();
  /** Spans that the last scan looked at. */
  #scanned = 0;

  constructor(log: EventLog, units: UnitIndex) {
    this.#log = log;
    this.#units = units;
  }

  /**
   * Before which span event `lv` goes, typed behind `left` and before `rightId`, among spans that its author had not seen,
   * from `next` to before `right`. Cost: those between it and the last of its crowd with a lower id.
   */
  placeAmong(lv: number, left: number, next: number, right: number, rightId: number): number {
    const crowd = this.#crowds.get(left);
    const isCrowd = crowd?.right === rightId;
    const rank = isCrowd ? this.#rankIn(crowd.members, lv) : 0;
    const first = rank > 0 ? this.#firstOf(crowd!.members[rank - 1]!) : -1;
    const place = this.#scan(lv, left, first < 0 ? next : first, right, rightId);
    if (isCrowd) crowd.members.splice(rank, 0, lv);
    else if (this.#scanned > CROWD_SCAN_MIN) this.#crowds.set(left, { right: rightId, members: [lv] });
    return place;
  }

  /** How many of `members`, ascending in id, have a lower id than `lv`. */
  #rankIn(members: readonly number[], lv: number): number {
    let [low, high] = [0, members.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log.compareIds(members[middle]!, lv) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The span that begins with `id`; -1 when that is within one. */
  #firstOf(id: number): number {
    const span = this.#units.find(id);
    return this.#units.spans.idOf(span) === id ? span : -1;
  }

  /** As `placeAmong`, from `from` on: the first of the spans, or one typed at the very same place by somebody with a lower id. */
  #scan(lv: number, left: number, from: number, right: number, rightId: number): number {
    const list = this.#units.spans;
    let place = from;
    let isScanning = false;
    this.#scanned = 0;
    /** The last span that was typed behind `left` itself, and what was passed since: all that hangs on it. */
    let sibling = -1;
    let [passed, last] = [0, -1];
    for (let other = from; ; other = list.after(other)) {
      this.#scanned++;
      if (!isScanning) place = other;
      // What its author had seen ends it, and so does what was typed further left.
      const byLeft = other === right ? -1 : list.leftOf(other) === left ? 0 : this.#units.compare(list.leftOf(other), left);
      if (byLeft > 0) {
        passed++;
        last = other;
        continue;
      }
      if (passed > PASSED_MIN && sibling >= 0) this.#lastBehind.set(sibling, list.idOf(last) + list.lengthOf(last) - 1);
      if (byLeft < 0) return place;
      const otherRight = list.rightOf(other);
      if (otherRight === rightId) {
        if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;
        isScanning = false;
      } else isScanning = this.#units.compare(otherRight, rightId) < 0;
      sibling = list.idOf(other);
      passed = 0;
      const behind = this.#lastBehind.size === 0 ? undefined : this.#lastBehind.get(sibling);
      if (behind !== undefined) other = this.#units.find(behind);
    }
  }
}
