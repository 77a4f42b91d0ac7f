/**
 * Items in an order, each with one or more lengths, in blocks that know their sums: so that the item at an offset, the
 * offset of an item, and an insertion cost about the square root of the number of items. Nothing in here knows what
 * the items are. Where an item is measured in several ways, `measure` says which is meant.
 */

import { assert } from "./assert.ts";
import { countHolding } from "./bisect.ts";

/** Blocks are split when they hold more than this. */
const BLOCK_ITEMS_MAX = 128;

export interface Block<T> {
  readonly items: T[];
  /** For each measure, the sum over `items`. */
  readonly sums: number[];
}

export interface Listed<T> {
  /** The block that holds this item; the list's business alone. */
  block: Block<T> | null;
}

export class MeasuredList<T extends Listed<T>> {
  readonly #measures: readonly ((item: T) => number)[];
  readonly #blocks: Block<T>[];
  #size = 0;

  constructor(measures: readonly ((item: T) => number)[]) {
    this.#measures = measures;
    this.#blocks = [this.#emptyBlock()];
  }

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#blocks[0]?.items[0];
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { items } of this.#blocks) yield* items;
  }

  /** null: at the very beginning. */
  insertAfter(previous: T | null, item: T): void {
    const block = previous === null ? this.#blocks[0]! : blockOf(previous);
    this.#insert(block, previous === null ? 0 : block.items.indexOf(previous) + 1, item);
  }

  insertBefore(next: T, item: T): void {
    const block = blockOf(next);
    this.#insert(block, block.items.indexOf(next), item);
  }

  /** Runs `change`, which may change the lengths of `item`. */
  update(item: T, change: () => void): void {
    const { sums } = blockOf(item);
    this.#add(sums, item, -1);
    change();
    this.#add(sums, item, 1);
  }

  /** Length of everything before `item`. */
  before(item: T, measure = 0): number {
    const home = blockOf(item);
    const lengthOf = this.#measures[measure]!;
    let sum = 0;
    for (const block of this.#blocks) {
      if (block === home) break;
      sum += block.sums[measure]!;
    }
    for (const other of home.items) {
      if (other === item) break;
      sum += lengthOf(other);
    }
    return sum;
  }

  /** The item at `offset`, and the length before it; undefined beyond the end. */
  at(offset: number, measure = 0): { readonly item: T; readonly before: number } | undefined {
    const lengthOf = this.#measures[measure]!;
    let before = 0;
    for (const { items, sums } of this.#blocks) {
      if (before + sums[measure]! <= offset) {
        before += sums[measure]!;
        continue;
      }
      for (const item of items) {
        const length = lengthOf(item);
        if (offset < before + length) return { item, before };
        before += length;
      }
    }
    return undefined;
  }

  /** Length of everything. */
  total(measure = 0): number {
    return this.#blocks.reduce((sum, { sums }) => sum + sums[measure]!, 0);
  }

  /** The last of those that `isBefore` is true of, which stand before all others; null: it is true of none. Cost: logarithmic. */
  lastBefore(isBefore: (item: T) => boolean): T | null {
    const blocks = this.#blocks;
    const at = countHolding(blocks.length, (n) => blocks[n]!.items.length > 0 && isBefore(blocks[n]!.items[0]!)) - 1;
    if (at < 0) return null;
    const { items } = blocks[at]!;
    return items[countHolding(items.length, (n) => isBefore(items[n]!)) - 1]!;
  }

  /** The item that follows, whatever its lengths. */
  after(item: T): T | undefined {
    const home = blockOf(item);
    // Only the very first block may be empty, and only while all is.
    return home.items[home.items.indexOf(item) + 1] ?? this.#blocks[this.#blocks.indexOf(home) + 1]?.items[0];
  }

  /** Negative when `a` stands before `b`. */
  compare(a: T, b: T): number {
    const [first, second] = [blockOf(a), blockOf(b)];
    if (first === second) return first.items.indexOf(a) - first.items.indexOf(b);
    return this.#blocks.indexOf(first) - this.#blocks.indexOf(second);
  }

  /** @throws AssertionError when a sum or a back reference is wrong. */
  checkInvariants(): void {
    let size = 0;
    for (const block of this.#blocks) {
      for (const item of block.items) assert(item.block === block, "An item does not know its block");
      for (const [m, measure] of this.#measures.entries()) {
        const sum = block.items.reduce((total, item) => total + measure(item), 0);
        assert(sum === block.sums[m], `A block measures ${sum}, its sum says ${block.sums[m]}`);
      }
      assert(block.items.length > 0 || this.#blocks.length === 1, "An empty block");
      size += block.items.length;
    }
    assert(size === this.#size, `The blocks hold ${size} items, the count says ${this.#size}`);
  }

  #insert(block: Block<T>, at: number, item: T): void {
    block.items.splice(at, 0, item);
    item.block = block;
    this.#size++;
    this.#add(block.sums, item, 1);
    if (block.items.length <= BLOCK_ITEMS_MAX) return;
    const rest = this.#emptyBlock();
    for (const moved of block.items.splice(BLOCK_ITEMS_MAX / 2)) {
      moved.block = rest;
      rest.items.push(moved);
      this.#add(rest.sums, moved, 1);
      this.#add(block.sums, moved, -1);
    }
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, rest);
  }

  #add(sums: number[], item: T, times: 1 | -1): void {
    for (let m = 0; m < sums.length; m++) sums[m]! += times * this.#measures[m]!(item);
  }

  #emptyBlock(): Block<T> {
    return { items: [], sums: this.#measures.map(() => 0) };
  }
}

function blockOf<T extends Listed<T>>({ block }: T): Block<T> {
  assert(block !== null, "The item is not in a list");
  return block;
}
