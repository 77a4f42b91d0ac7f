/** The versions of one text: splices, with snapshots that lie the farther apart the older they are (Wallace), so that each is a few splices away. */

import { applySplices, type Splice } from "../base/splice.ts";
import { countUpTo } from "./changes.ts";

/** A snapshot is taken after so many changes of a text ... */
const SNAPSHOT_EVERY = 16;
/** ... and of those that are older than this many times a distance, only some as far apart as that are kept. */
const SNAPSHOTS_PER_AGE = 32;

export class TextHistory {
  /** The event after which version n + 1 is there. */
  readonly #eventOf: number[] = [];
  readonly #splices: (readonly Splice[])[] = [];
  #snapshots: { readonly version: number; readonly text: string }[];
  #thinAt = 256;
  text: string;

  constructor(text: string) {
    this.text = text;
    this.#snapshots = [{ version: 0, text }];
  }

  /** How many whole texts are kept. */
  get snapshots(): number {
    return this.#snapshots.length;
  }

  /** What `event` did to the text. Events in order; one may change it several times. Cost: linear in the text. */
  change(event: number, splices: readonly Splice[]): void {
    this.text = applySplices(this.text, splices);
    this.#eventOf.push(event);
    this.#splices.push(splices);
    const version = this.#splices.length;
    if (version % SNAPSHOT_EVERY === 0) this.#snapshots.push({ version, text: this.text });
    if (this.#snapshots.length >= this.#thinAt) this.#thin(version);
  }

  /** The text after `event`. Cost: a bounded share of the history. */
  at(event: number): string {
    const version = countUpTo(this.#eventOf, event);
    if (version === this.#splices.length) return this.text;
    let low = 0;
    let high = this.#snapshots.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#snapshots[middle]!.version <= version) low = middle;
      else high = middle - 1;
    }
    const from = this.#snapshots[low]!;
    let { text } = from;
    for (let n = from.version; n < version; n++) text = applySplices(text, this.#splices[n]!);
    return text;
  }

  #thin(latest: number): void {
    this.#snapshots = this.#snapshots.filter(({ version }) => version % distanceAt(latest - version) === 0);
    this.#thinAt = this.#snapshots.length * 2;
  }
}

/** How far apart snapshots of this age lie: a power of two, so that those that stay are among those that were. */
function distanceAt(age: number): number {
  let distance = SNAPSHOT_EVERY;
  while (distance * 2 * SNAPSHOTS_PER_AGE <= age) distance *= 2;
  return distance;
}
