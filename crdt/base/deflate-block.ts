/**
 * What RFC 1951 calls a block: literals and repetitions as *tokens*, written in Huffman codes of their own, or in the fixed ones where
 * that is shorter. A token is a literal, 65,536 * byte, or a repetition, 65,536 * length + distance.
 */

import {
  CODE_BITS_MAX,
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  FIXED_DISTANCES,
  FIXED_LENGTHS,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LENGTH_ORDER,
  reversed,
} from "./inflate.ts";

export const LENGTH_MAX = 258;

/** Cost: linear. */
export function writeBlock(writer: BitWriter, tokens: Uint32Array, isLast: boolean): void {
  const symbolCounts = new Uint32Array(286);
  const distanceCounts = new Uint32Array(30);
  symbolCounts[END_OF_BLOCK] = 1;
  let extra = 0;
  for (const token of tokens) {
    const distance = token & 0xffff;
    if (distance === 0) symbolCounts[token >>> 16]!++;
    else {
      const length = lengthSymbol(token >>> 16);
      const far = distanceSymbol(distance);
      symbolCounts[257 + length]!++;
      distanceCounts[far]!++;
      extra += LENGTH_EXTRA[length]! + DISTANCE_EXTRA[far]!;
    }
  }
  let [symbols, distances] = [codeLengths(symbolCounts, CODE_BITS_MAX), codeLengths(distanceCounts, CODE_BITS_MAX)];
  const head = new BlockHead(symbols, distances);
  const own = head.bits + bitsOf(symbolCounts, symbols) + bitsOf(distanceCounts, distances);
  const isFixed = bitsOf(symbolCounts, FIXED_LENGTHS) + bitsOf(distanceCounts, FIXED_DISTANCES) <= own;
  writer.reserve(((own + extra) >> 3) + 16);
  writer.put((isLast ? 1 : 0) + (isFixed ? 2 : 4), 3);
  if (isFixed) [symbols, distances] = [FIXED_LENGTHS, FIXED_DISTANCES];
  else head.write(writer);
  const [symbolCodes, distanceCodes] = [codesOf(symbols), codesOf(distances)];
  for (const token of tokens) {
    const value = token >>> 16;
    const distance = token & 0xffff;
    if (distance === 0) {
      writer.put(symbolCodes[value]!, symbols[value]!);
      continue;
    }
    const length = lengthSymbol(value);
    writer.put(symbolCodes[257 + length]!, symbols[257 + length]!);
    writer.put(value - LENGTH_BASE[length]!, LENGTH_EXTRA[length]!);
    const far = distanceSymbol(distance);
    writer.put(distanceCodes[far]!, distances[far]!);
    writer.put(distance - DISTANCE_BASE[far]!, DISTANCE_EXTRA[far]!);
  }
  writer.put(symbolCodes[END_OF_BLOCK]!, symbols[END_OF_BLOCK]!);
}

/** What a block says of its codes: their lengths, run-length encoded, in a code of its own. */
class BlockHead {
  readonly bits: number;
  readonly #symbolCount: number;
  readonly #distanceCount: number;
  /** 256 * what follows it + symbol. */
  readonly #items: number[] = [];
  readonly #lengths: Uint8Array;
  readonly #lengthCount: number;

  constructor(symbols: Uint8Array, distances: Uint8Array) {
    this.#symbolCount = Math.max(257, usedOf(symbols));
    this.#distanceCount = Math.max(1, usedOf(distances));
    const all = [...symbols.subarray(0, this.#symbolCount), ...distances.subarray(0, this.#distanceCount)];
    for (let at = 0; at < all.length;) {
      const value = all[at]!;
      let run = 1;
      while (all[at + run] === value) run++;
      at += run;
      if (value > 0) {
        this.#items.push(value);
        run--;
      }
      for (; value === 0 && run > 10; run -= Math.min(run, 138)) this.#items.push(18 + 256 * (Math.min(run, 138) - 11));
      for (; value === 0 && run > 2; run = 0) this.#items.push(17 + 256 * (run - 3));
      for (; run > 2; run -= Math.min(run, 6)) this.#items.push(16 + 256 * (Math.min(run, 6) - 3));
      for (; run > 0; run--) this.#items.push(value);
    }
    const counts = new Uint32Array(19);
    for (const item of this.#items) counts[item & 255]!++;
    this.#lengths = codeLengths(counts, 7);
    let count = 19;
    while (count > 4 && this.#lengths[LENGTH_ORDER[count - 1]!] === 0) count--;
    this.#lengthCount = count;
    this.bits = 14 + 3 * count + bitsOf(counts, this.#lengths) + 2 * counts[16]! + 3 * counts[17]! + 7 * counts[18]!;
  }

  write(writer: BitWriter): void {
    writer.put(this.#symbolCount - 257, 5);
    writer.put(this.#distanceCount - 1, 5);
    writer.put(this.#lengthCount - 4, 4);
    for (let n = 0; n < this.#lengthCount; n++) writer.put(this.#lengths[LENGTH_ORDER[n]!]!, 3);
    const codes = codesOf(this.#lengths);
    for (const item of this.#items) {
      const symbol = item & 255;
      writer.put(codes[symbol]!, this.#lengths[symbol]!);
      if (symbol > 15) writer.put(item >> 8, symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
    }
  }
}

/** How long the code of each symbol is to be, `most` bits at most; 0: it does not occur. Cost: as sorting them. */
function codeLengths(counts: Uint32Array, most: number): Uint8Array {
  const lengths = new Uint8Array(counts.length);
  const used: number[] = [];
  for (const [symbol, count] of counts.entries()) if (count > 0) used.push(count * 512 + symbol);
  used.sort((a, b) => a - b);
  // Two codes at least: a reader may not know what to do with one.
  for (let symbol = 0; used.length < 2; symbol++) if (counts[symbol] === 0) used.unshift(512 + symbol);
  // Huffman: the two lightest are joined, again and again. Leaves and joined ones both come in order of weight.
  const size = used.length;
  const weights = new Float64Array(2 * size - 1);
  for (const [n, item] of used.entries()) weights[n] = Math.floor(item / 512);
  const parents = new Uint16Array(2 * size - 1);
  for (let made = size, leaf = 0, joined = size; made < 2 * size - 1; made++)
    for (let n = 0; n < 2; n++) {
      const isLeaf = leaf < size && (joined >= made || weights[leaf]! <= weights[joined]!);
      const lightest = isLeaf ? leaf++ : joined++;
      weights[made]! += weights[lightest]!;
      parents[lightest] = made;
    }
  const depths = new Uint8Array(2 * size - 1);
  const perLength = new Uint16Array(most + 1);
  let room = 1 << most;
  for (let n = 2 * size - 3; n >= 0; n--) {
    depths[n] = Math.min(255, depths[parents[n]!]! + 1);
    if (n >= size) continue;
    const length = Math.min(most, depths[n]!);
    perLength[length]!++;
    room -= 1 << (most - length);
  }
  // What was cut off must be paid for: longer codes for others.
  while (room < 0) {
    let length = most - 1;
    while (perLength[length] === 0) length--;
    perLength[length]!--;
    perLength[length + 1]! += 2;
    perLength[most]!--;
    room++;
  }
  let next = 0;
  for (let length = most; length > 0; length--) for (let n = perLength[length]!; n > 0; n--) lengths[used[next++]! % 512] = length;
  return lengths;
}

/** Canonical codes of these lengths, as they are written. */
function codesOf(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(CODE_BITS_MAX + 2);
  for (const length of lengths) if (length > 0) next[length + 1]!++;
  for (let n = 1; n <= CODE_BITS_MAX; n++) next[n + 1] = (next[n]! + next[n + 1]!) << 1;
  return Uint16Array.from(lengths, (length) => (length === 0 ? 0 : reversed(next[length]!++, length)));
}

function bitsOf(counts: Uint32Array, lengths: Uint8Array): number {
  return counts.reduce((sum, count, symbol) => sum + count * lengths[symbol]!, 0);
}

/** How many symbols there are, those behind the last used one left out. */
function usedOf(lengths: Uint8Array): number {
  let count = lengths.length;
  while (count > 0 && lengths[count - 1] === 0) count--;
  return count;
}

/** Which of the symbols for lengths, the first being 0. From 8 on, four for each number of bits: the two behind the highest tell. */
function lengthSymbol(length: number): number {
  const more = length - 3;
  if (more < 8) return more;
  const top = 31 - Math.clz32(more);
  return length === LENGTH_MAX ? 28 : 4 * (top - 1) + ((more >> (top - 2)) & 3);
}

/** From 4 on, two for each number of bits. */
function distanceSymbol(distance: number): number {
  const more = distance - 1;
  if (more < 4) return more;
  const top = 31 - Math.clz32(more);
  return 2 * top + ((more >> (top - 1)) & 1);
}

/** Writes from the lowest bit of each byte on. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #hold = 0;
  #count = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array((size >> 1) + 64);
  }

  /** Makes room for `size` bytes more. */
  reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#length + size, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  /** There must be room. At most 16 bits. */
  put(value: number, bits: number): void {
    this.#hold |= value << this.#count;
    this.#count += bits;
    while (this.#count >= 8) {
      this.#bytes[this.#length++] = this.#hold & 255;
      this.#hold >>>= 8;
      this.#count -= 8;
    }
  }

  /** Bytes as they are, with their number, behind what fills the byte at hand. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length + 8);
    if (this.#count > 0) this.put(0, 8 - this.#count);
    this.put(bytes.length, 16);
    this.put(bytes.length ^ 0xffff, 16);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): Uint8Array {
    this.reserve(1);
    if (this.#count > 0) this.put(0, 8 - this.#count);
    return this.#bytes.slice(0, this.#length);
  }
}
