/** A list of 32-bit integers that only grows: one typed array, doubled when it is full. */
export class GrowingInts {
  #items = new Int32Array(8);
  #length = 0;

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
}

/** Index of the last element at or below `value` in an ascending list; -1 when there is none. The end is looked at first. */
export function lastAtOrBelow(list: GrowingInts, value: number): number {
  let high = list.length;
  if (high === 0) return -1;
  if (list.at(high - 1) <= value) return high - 1;
  let low = 0;
  high--;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.at(middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
