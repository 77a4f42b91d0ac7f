/**
 * Text as UTF-16 units in leaves. Each leaf keeps its room as a gap at the place of its last edit, so that typing moves
 * nothing; leaves stand in blocks that know their lengths, so that a far place is found by two short walks. The place
 * used last is remembered: people type where they are. Positions are not checked here; TextDocument does.
 */

import { assert } from "../base/assert.ts";

const LEAF_UNITS = 2048;
/** A leaf made from longer text is filled this far, so that it has room. */
const LEAF_FILL = 1536;
/** So few units are copied one by one: a view on them would cost more. */
const COPIED_SINGLY_MAX = 32;
/** A block with more leaves than this is cut in two. */
const BLOCK_LEAVES_MAX = 64;

/** `units` holds the text up to `gap`, then room, then the rest of the text. */
interface Leaf {
  readonly units: Uint16Array;
  length: number;
  gap: number;
}

interface Block {
  readonly leaves: Leaf[];
  length: number;
}

export class Rope {
  readonly #blocks: Block[] = [{ leaves: [emptyLeaf()], length: 0 }];
  #length = 0;
  /** The leaf that was used last: where it is, and the units before its block and before it. */
  #block = 0;
  #leaf = 0;
  #beforeBlock = 0;
  #before = 0;
  #current: Leaf = this.#blocks[0]!.leaves[0]!;

  /** Cost: linear. */
  static of(text: string): Rope {
    const rope = new Rope();
    if (text.length > 0) rope.insert(0, text);
    return rope;
  }

  get length(): number {
    return this.#length;
  }

  insert(index: number, text: string): void {
    const { length } = text;
    let offset = index - this.#before;
    let leaf = this.#current;
    // At the border of two leaves the first one is meant, unless the remembered one begins there.
    if (offset < 0 || offset > leaf.length) {
      this.#seek(index);
      leaf = this.#current;
      offset = index - this.#before;
    }
    if (leaf.length + length > LEAF_UNITS) {
      this.#insertLong(offset, unitsIn(text), 0, length);
      return;
    }
    if (leaf.gap !== offset) moveGap(leaf, offset);
    if (length === 1) leaf.units[offset] = text.charCodeAt(0);
    else for (let k = 0; k < length; k++) leaf.units[offset + k] = text.charCodeAt(k);
    leaf.gap = offset + length;
    leaf.length += length;
    this.#blocks[this.#block]!.length += length;
    this.#length += length;
  }

  /** As `insert`, of units [from, to) of an array. */
  insertUnits(index: number, units: Uint16Array, from: number, to: number): void {
    const length = to - from;
    if (index < this.#before || index > this.#before + this.#current.length) this.#seek(index);
    const leaf = this.#current;
    const offset = index - this.#before;
    if (leaf.length + length > LEAF_UNITS) {
      this.#insertLong(offset, units, from, to);
      return;
    }
    if (leaf.gap !== offset) moveGap(leaf, offset);
    if (length > COPIED_SINGLY_MAX) leaf.units.set(units.subarray(from, to), offset);
    else for (let k = 0; k < length; k++) leaf.units[offset + k] = units[from + k]!;
    leaf.gap = offset + length;
    leaf.length += length;
    this.#blocks[this.#block]!.length += length;
    this.#length += length;
  }

  delete(index: number, count: number): void {
    let rest = count;
    while (rest > 0) {
      let offset = index - this.#before;
      let leaf = this.#current;
      if (offset < 0 || offset + Math.min(rest, 1) > leaf.length) {
        this.#seek(index + 1);
        leaf = this.#current;
        offset = index - this.#before;
      }
      const here = Math.min(rest, leaf.length - offset);
      // Backspace: the gap is just behind.
      if (leaf.gap === offset + here) leaf.gap = offset;
      else if (leaf.gap !== offset) moveGap(leaf, offset);
      leaf.length -= here;
      this.#blocks[this.#block]!.length -= here;
      this.#length -= here;
      rest -= here;
      if (leaf.length === 0) this.#removeLeaf();
    }
  }

  unitAt(index: number): number {
    if (index < this.#before || index >= this.#before + this.#current.length) this.#seek(index + 1);
    const { units, gap, length } = this.#current;
    const offset = index - this.#before;
    return units[offset < gap ? offset : offset + LEAF_UNITS - length]!;
  }

  slice(start: number, end: number): string {
    let out = "";
    let before = 0;
    for (const block of this.#blocks) {
      if (before >= end) break;
      if (before + block.length > start) {
        let at = before;
        for (const leaf of block.leaves) {
          if (at >= end) break;
          if (at + leaf.length > start) out += leafText(leaf, Math.max(0, start - at), Math.min(leaf.length, end - at));
          at += leaf.length;
        }
      }
      before += block.length;
    }
    return out;
  }

  /** Writes units [start, end) into `target` from `to` on. */
  copyUnits(start: number, end: number, target: Uint16Array, to: number): void {
    for (let index = start; index < end;) {
      if (index < this.#before || index >= this.#before + this.#current.length) this.#seek(index + 1);
      const { units, gap, length } = this.#current;
      const from = index - this.#before;
      const count = Math.min(end - index, (from < gap ? gap : length) - from);
      const room = from < gap ? 0 : LEAF_UNITS - length;
      target.set(units.subarray(from + room, from + room + count), to + index - start);
      index += count;
    }
  }

  toString(): string {
    return this.slice(0, this.#length);
  }

  /** @throws AssertionError when a sum or the remembered place is wrong. */
  checkInvariants(): void {
    let length = 0;
    for (const [b, block] of this.#blocks.entries()) {
      if (b === this.#block) assert(length === this.#beforeBlock, `Block ${b} begins at ${length}, remembered as ${this.#beforeBlock}`);
      let sum = 0;
      for (const [k, leaf] of block.leaves.entries()) {
        assert(
          leaf.gap >= 0 && leaf.gap <= leaf.length && leaf.length <= LEAF_UNITS,
          `A leaf of ${leaf.length} with its gap at ${leaf.gap}`,
        );
        assert(leaf.length > 0 || this.#length === 0, "An empty leaf");
        if (leaf === this.#current) assert(b === this.#block && k === this.#leaf && length + sum === this.#before, "A wrong place");
        sum += leaf.length;
      }
      assert(sum === block.length, `A block of ${sum} units says ${block.length}`);
      length += sum;
    }
    assert(length === this.#length, `A text of ${length} units says ${this.#length}`);
  }

  /** Text that does not fit: the leaf is cut at the place, and new leaves go between its parts. */
  #insertLong(offset: number, units: Uint16Array, from: number, to: number): void {
    const leaf = this.#current;
    moveGap(leaf, offset);
    const tail = leaf.length - offset;
    const rest = leaf.units.slice(LEAF_UNITS - tail);
    const added: Leaf[] = [];
    let done = from;
    // What still fits behind the first part goes there, as long as that leaves it room.
    const first = Math.min(to - from, Math.max(0, LEAF_FILL - offset));
    leaf.units.set(units.subarray(from, from + first), offset);
    leaf.length = leaf.gap = offset + first;
    done += first;
    while (done < to) {
      const next = emptyLeaf();
      const size = Math.min(LEAF_FILL, to - done);
      next.units.set(units.subarray(done, done + size));
      next.length = next.gap = size;
      done += size;
      added.push(next);
    }
    if (tail > 0) {
      const last = added.at(-1);
      if (last !== undefined && last.length + tail <= LEAF_FILL) {
        last.units.set(rest, LEAF_UNITS - tail);
        last.length += tail;
      } else {
        const next = emptyLeaf();
        next.units.set(rest);
        next.length = next.gap = tail;
        added.push(next);
      }
    }
    const block = this.#blocks[this.#block]!;
    // In pieces: a call takes only so many arguments.
    for (let k = 0; k < added.length; k += 1024) block.leaves.splice(this.#leaf + 1 + k, 0, ...added.slice(k, k + 1024));
    if (leaf.length === 0) block.leaves.splice(this.#leaf, 1);
    block.length += to - from;
    this.#length += to - from;
    while (this.#cutLargest(this.#block));
    this.#rewind();
  }

  /** Cuts a block that has too many leaves; whether it did. */
  #cutLargest(at: number): boolean {
    const block = this.#blocks[at]!;
    if (block.leaves.length <= BLOCK_LEAVES_MAX) return false;
    const leaves = block.leaves.splice(BLOCK_LEAVES_MAX / 2);
    const rest: Block = { leaves, length: leaves.reduce((sum, { length }) => sum + length, 0) };
    block.length -= rest.length;
    this.#blocks.splice(at + 1, 0, rest);
    while (this.#cutLargest(at + 1));
    return true;
  }

  #removeLeaf(): void {
    const block = this.#blocks[this.#block]!;
    if (this.#length === 0 && block.leaves.length === 1 && this.#blocks.length === 1) {
      this.#current.gap = 0;
      return;
    }
    block.leaves.splice(this.#leaf, 1);
    if (block.leaves.length === 0 && this.#blocks.length > 1) this.#blocks.splice(this.#block, 1);
    else if (block.leaves.length === 0) block.leaves.push(emptyLeaf());
    this.#rewind();
  }

  /** Forgets the remembered place. */
  #rewind(): void {
    this.#block = this.#leaf = this.#beforeBlock = this.#before = 0;
    this.#current = this.#blocks[0]!.leaves[0]!;
  }

  /** Moves to the leaf in which `index` lies behind a unit, or to the first for 0. */
  #seek(index: number): void {
    const blocks = this.#blocks;
    while (this.#beforeBlock > 0 && index <= this.#beforeBlock) this.#beforeBlock -= blocks[--this.#block]!.length;
    let block = blocks[this.#block]!;
    while (index > this.#beforeBlock + block.length) {
      this.#beforeBlock += block.length;
      block = blocks[++this.#block]!;
    }
    const { leaves } = block;
    let before = this.#beforeBlock;
    let k = 0;
    while (index > before + leaves[k]!.length) before += leaves[k++]!.length;
    this.#leaf = k;
    this.#before = before;
    this.#current = leaves[k]!;
  }
}

function emptyLeaf(): Leaf {
  return { units: new Uint16Array(LEAF_UNITS), length: 0, gap: 0 };
}

function moveGap(leaf: Leaf, to: number): void {
  const { units, gap, length } = leaf;
  const room = LEAF_UNITS - length;
  if (to < gap) units.copyWithin(to + room, to, gap);
  else units.copyWithin(gap, gap + room, to + room);
  leaf.gap = to;
}

function leafText({ units, length, gap }: Leaf, from: number, to: number): string {
  const room = LEAF_UNITS - length;
  return from >= gap
    ? unitsText(units, from + room, to + room)
    : to <= gap
      ? unitsText(units, from, to)
      : unitsText(units, from, gap) + unitsText(units, gap + room, to + room);
}

function unitsIn(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let k = 0; k < text.length; k++) units[k] = text.charCodeAt(k);
  return units;
}

/** UTF-16 units as a string. Cost: linear. */
export function unitsText(units: Uint16Array, from: number, to: number): string {
  if (to - from === 1) return String.fromCharCode(units[from]!);
  let out = "";
  for (let at = from; at < to; at += 4096)
    out += String.fromCharCode.apply(null, units.subarray(at, Math.min(at + 4096, to)) as unknown as number[]);
  return out;
}
