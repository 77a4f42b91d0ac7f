/** A list of 32-bit integers that only grows: one typed array, doubled when it is full. */
export class GrowingInts {
  #items = new Int32Array(8);
  #length = 0;
  /** What `lastAtOrBelow` found last, other than the end. */
  #found = 0;

  get length(): number {
    return this.#length;
  }

  /** `index` must be in [0, length). */
  at(index: number): number {
    return this.#items[index]!;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }

  push(value: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Int32Array(2 * this.#length);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length++] = value;
  }

  /**
   * Index of the last element at or below `value` in an ascending list; -1 when there is none. Cost: constant at the end and
   * near what was asked for last, since most walk along; logarithmic elsewhere.
   */
  lastAtOrBelow(value: number): number {
    const items = this.#items;
    let high = this.#length - 1;
    if (high < 0) return -1;
    if (items[high]! <= value) return high;
    const found = this.#found;
    if (found < high) {
      if (items[found]! <= value) {
        if (value < items[found + 1]!) return found;
        if (value < items[found + 2]!) return (this.#found = found + 1);
      } else if (found > 0 && items[found - 1]! <= value) return (this.#found = found - 1);
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    if (low > 0) this.#found = low - 1;
    return low - 1;
  }
}
