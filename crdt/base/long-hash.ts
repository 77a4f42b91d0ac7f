/** A hash of a long text that is fed in parts. */

import { finish } from "./hash.ts";

/** As `hash32`, two units at a time, of a long text that is fed in parts. Another number than `hash32` gives. */
export class LongHash {
  #h: number;
  #length = 0;

  constructor(seed = 0) {
    this.#h = seed | 0;
  }

  /** Units [from, to) of `text`; an even number of them, but for the last part. */
  add(text: string, from: number, to: number): this {
    let h = this.#h;
    for (let i = from; i < to; i += 2) {
      let k = Math.imul(text.charCodeAt(i) | ((i + 1 < to ? text.charCodeAt(i + 1) : 0) << 16), 0xcc9e2d51);
      k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
      h = Math.imul(((h ^ k) << 13) | ((h ^ k) >>> 19), 5) + 0xe6546b64;
    }
    this.#h = h;
    this.#length += to - from;
    return this;
  }

  /** 32 bits. */
  digest(): number {
    return finish(this.#h ^ this.#length);
  }
}
