/**
 * Who stands before whom of those who typed at one place, none having seen the other: the order of Weidner and Kleppmann's
 * FugueMax (arXiv 2305.00583), found by walking a list as Gentle's YjsMod does. In a crowd at the very same place the walk
 * begins by halving.
 */

import type { EventLog } from "./event-log.ts";
import type { UnitIndex } from "./unit-index.ts";

/** A place among more spans than this is remembered. */
const CROWD_SCAN_MIN = 8;

export class SiblingOrder {
  readonly #log: EventLog;
  readonly #units: UnitIndex;
  /** Where many have typed at the very same place, some of them, ascending in id, by what they typed behind. */
  readonly #crowds = new Map<number, { readonly right: number; readonly members: number[] }>();
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
    for (let other = from; ; other = list.after(other)) {
      this.#scanned++;
      if (!isScanning) place = other;
      if (other === right) return place;
      const otherLeft = list.leftOf(other);
      const byLeft = otherLeft === left ? 0 : this.#units.compare(otherLeft, left);
      if (byLeft < 0) return place;
      if (byLeft > 0) continue;
      const otherRight = list.rightOf(other);
      if (otherRight === rightId) {
        if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;
        isScanning = false;
      } else isScanning = this.#units.compare(otherRight, rightId) < 0;
    }
  }
}
