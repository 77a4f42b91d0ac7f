/** A set of numbers from 0 on, a bit for each: one typed array, doubled when it is full. */
export class GrowingBits {
  #words = new Int32Array(8);
  /** All below are members, as far as anybody has looked. */
  #full = 0;

  has(n: number): boolean {
    const word = n >> 5;
    return word < this.#words.length && (this.#words[word]! & (1 << (n & 31))) !== 0;
  }

  /** Whether all of [0, n] are members. Cost: constant in the long run, as long as none is removed. */
  hasAllTo(n: number): boolean {
    const words = this.#words;
    while (this.#full <= n) {
      const word = this.#full >> 5;
      if (word >= words.length) return false;
      // The lowest number of this word that is missing, counted from its first.
      const missing = words[word] === -1 ? 32 : 31 - Math.clz32(~words[word]! & (words[word]! + 1));
      this.#full = (word << 5) + missing;
      if (missing < 32) return this.#full > n;
    }
    return true;
  }

  add(n: number): void {
    const word = n >> 5;
    if (word >= this.#words.length) this.#grow(word);
    this.#words[word]! |= 1 << (n & 31);
  }

  /** Adds those in [from, to), which must not be empty. */
  addRange(from: number, to: number): void {
    const last = (to - 1) >> 5;
    if (last >= this.#words.length) this.#grow(last);
    for (let word = from >> 5; word <= last; word++) this.#words[word]! |= maskOf(word, from, to);
  }

  removeRange(from: number, to: number): void {
    this.#full = Math.min(this.#full, from);
    const last = Math.min((to - 1) >> 5, this.#words.length - 1);
    for (let word = from >> 5; word <= last; word++) this.#words[word]! &= ~maskOf(word, from, to);
  }

  /** The greatest member in [from, n]; -1 when there is none. */
  lastIn(from: number, n: number): number {
    const words = this.#words;
    let word = n >> 5;
    if (word >= words.length) return words.length << 5 > from ? this.lastIn(from, (words.length << 5) - 1) : -1;
    let bits = words[word]! & (-1 >>> (31 - (n & 31)));
    while (bits === 0) {
      if (--word << 5 < from - 31) return -1;
      bits = words[word]!;
    }
    const found = (word << 5) + 31 - Math.clz32(bits);
    return found < from ? -1 : found;
  }

  /** Becomes the same set as `other`. */
  become(other: GrowingBits): void {
    this.#full = other.#full;
    if (this.#words.length < other.#words.length) this.#words = other.#words.slice();
    else this.#words.fill(0, other.#words.length).set(other.#words);
  }

  #grow(word: number): void {
    const grown = new Int32Array(Math.max(word + 1, 2 * this.#words.length));
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** The bits of a word that stand for numbers in [from, to). */
function maskOf(word: number, from: number, to: number): number {
  const low = from > word << 5 ? -1 << (from & 31) : -1;
  const high = to < (word + 1) << 5 ? -1 >>> (32 - (to & 31)) : -1;
  return low & high;
}
