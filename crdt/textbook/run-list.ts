/**
 * Items in an order, each with a visible length, in blocks that know their sums: so that the item at an offset, the
 * offset of an item, and an insertion cost about the square root of the number of items. Nothing in here knows
 * what the items are.
 */

import { assert } from "../base/assert.ts";

/** Blocks are split when they hold more than this. */
const BLOCK_ITEMS_MAX = 128;

export interface Block<T> {
  items: T[];
  /** Sum of the visible lengths of `items`. */
  visible: number;
}

export interface Listed<T> {
  /** The block that holds this item; the list's business alone. */
  block: Block<T> | null;
}

export class RunList<T extends Listed<T>> {
  readonly #visibleOf: (item: T) => number;
  #blocks: Block<T>[] = [{ items: [], visible: 0 }];
  #size = 0;

  constructor(visibleOf: (item: T) => number) {
    this.#visibleOf = visibleOf;
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
    const block = previous === null ? this.#blocks[0]! : this.#blockOf(previous);
    this.#insert(block, previous === null ? 0 : block.items.indexOf(previous) + 1, item);
  }

  insertBefore(next: T, item: T): void {
    const block = this.#blockOf(next);
    this.#insert(block, block.items.indexOf(next), item);
  }

  /** The visible length of `item` has changed by `delta`. */
  resized(item: T, delta: number): void {
    this.#blockOf(item).visible += delta;
  }

  /** Visible units before `item`. */
  visibleBefore(item: T): number {
    const home = this.#blockOf(item);
    let sum = 0;
    for (const block of this.#blocks) {
      if (block === home) break;
      sum += block.visible;
    }
    for (const other of home.items) {
      if (other === item) break;
      sum += this.#visibleOf(other);
    }
    return sum;
  }

  /** The item that follows, visible or not. */
  after(item: T): T | undefined {
    const home = this.#blockOf(item);
    const next = home.items[home.items.indexOf(item) + 1];
    // Only the very first block may be empty, and only while all is.
    return next ?? this.#blocks[this.#blocks.indexOf(home) + 1]?.items[0];
  }

  /** The item under visible unit `index`, and how many units come before the item; undefined beyond the end. */
  at(index: number): { readonly item: T; readonly before: number } | undefined {
    let before = 0;
    for (const block of this.#blocks) {
      if (before + block.visible <= index) {
        before += block.visible;
        continue;
      }
      for (const item of block.items) {
        const visible = this.#visibleOf(item);
        if (index < before + visible) return { item, before };
        before += visible;
      }
    }
    return undefined;
  }

  /** @throws AssertionError when a sum or a back reference is wrong. */
  checkInvariants(): void {
    let size = 0;
    for (const block of this.#blocks) {
      let visible = 0;
      for (const item of block.items) {
        assert(item.block === block, "An item does not know its block");
        visible += this.#visibleOf(item);
      }
      assert(visible === block.visible, `A block holds ${visible} visible units, its sum says ${block.visible}`);
      assert(block.items.length > 0 || this.#blocks.length === 1, "An empty block");
      size += block.items.length;
    }
    assert(size === this.#size, `The blocks hold ${size} items, the count says ${this.#size}`);
  }

  #insert(block: Block<T>, at: number, item: T): void {
    block.items.splice(at, 0, item);
    block.visible += this.#visibleOf(item);
    item.block = block;
    this.#size++;
    if (block.items.length <= BLOCK_ITEMS_MAX) return;
    const items = block.items.splice(BLOCK_ITEMS_MAX / 2);
    const rest: Block<T> = { items, visible: 0 };
    for (const moved of items) {
      moved.block = rest;
      rest.visible += this.#visibleOf(moved);
    }
    block.visible -= rest.visible;
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, rest);
  }

  #blockOf(item: T): Block<T> {
    assert(item.block !== null, "The item is not in a list");
    return item.block;
  }
}
