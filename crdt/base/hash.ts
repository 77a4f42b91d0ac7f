/**
 * Canonical hashing. Not cryptographic: hashes tell replicas apart on a screen and in tests, they
 * authenticate nothing.
 */

/** MurmurHash3's 32-bit mix over UTF-16 units. Cost: linear in `text`. */
export function hash32(text: string, seed = 0): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h = Math.imul(((h ^ k) << 13) | ((h ^ k) >>> 19), 5) + 0xe6546b64;
  }
  return finish(h ^ text.length);
}

/** Collects canonical parts in order and digests them. Order matters; boundaries between parts count. */
export class Hasher {
  #low = 0x9e3779b9;
  #high = 0x7f4a7c15;

  /** Adds one string, with its length, so that ("ab","c") and ("a","bc") differ. */
  text(part: string): this {
    this.#mix(part.length);
    for (let i = 0; i < part.length; i++) this.#mix(part.charCodeAt(i));
    return this;
  }

  /** Adds one safe integer. */
  int(part: number): this {
    this.#mix(part | 0);
    this.#mix(Math.floor(part / 2 ** 32));
    return this;
  }

  /** 16 lower-case hex digits. The object may go on being fed. */
  digest(): string {
    const low = finish(this.#low ^ this.#high);
    const high = finish(this.#high + Math.imul(this.#low, 0x85ebca6b));
    return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
  }

  #mix(word: number): void {
    const k = Math.imul(word, 0xcc9e2d51);
    const low = this.#low ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    this.#low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
    const high = this.#high ^ Math.imul(word ^ 0x38b34ae5, 0xa1e38b93);
    this.#high = (Math.imul((high << 17) | (high >>> 15), 9) + 0x561ccd1b + this.#low) | 0;
  }
}

/** The digest of one string. 16 hex digits. */
export function hashText(text: string): string {
  return new Hasher().text(text).digest();
}

/** The last mix of a 32-bit hash. */
export function finish(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
