/** Items of one kind that stand one after the other in bytes, behind their count. */

import type { ByteReader } from "./bytes.ts";

/** Reads them some at a time, for who must not take long. What was read holds only once nothing is left. */
export class CountedItems<T> {
  readonly #reader: ByteReader;
  readonly #next: () => T;
  readonly #readRest: () => void;
  #left: number;

  /**
   * `reader` stands before the count, and `next` reads an item of at least `bytesEach` from it; `readRest` reads what follows the last
   * one. @throws DecodeError
   */
  constructor(reader: ByteReader, bytesEach: number, next: () => T, readRest: () => void = () => undefined) {
    this.#reader = reader;
    this.#next = next;
    this.#readRest = readRest;
    this.#left = reader.count(bytesEach);
    if (this.#left === 0) this.#end();
  }

  /** How many are still to be read. */
  get left(): number {
    return this.#left;
  }

  /** The next `count`, or what is left. @throws DecodeError when they are none, or when bytes that are nothing follow the last one. */
  take(count: number): T[] {
    const items: T[] = [];
    if (this.#left === 0) return items;
    for (; items.length < count && this.#left > 0; this.#left--) items.push(this.#next());
    if (this.#left === 0) this.#end();
    return items;
  }

  #end(): void {
    this.#readRest();
    this.#reader.end();
  }
}
