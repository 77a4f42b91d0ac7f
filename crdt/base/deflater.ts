/**
 * Writes bytes as RFC 1951 calls deflated: as literals and as repetitions of what came before, in Huffman codes. Repetitions are looked
 * for in chains of places that begin with the same four bytes, and given up where the next place has a longer one, as zlib does. The
 * reader: inflate.ts.
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

/** Repetitions reach back no further than this. */
export const WINDOW_BYTES = 32 * 1024;
const LENGTH_MAX = 258;
/** Places that are looked at for a repetition, at most; a quarter where there is one of GOOD_LENGTH; none where it is LAZY_MAX. */
const CHAIN_MAX = 24;
const GOOD_LENGTH = 8;
const LAZY_MAX = 16;
const NICE_LENGTH = 128;
/** Literals and repetitions in a block, which has its own codes. */
const BLOCK_TOKENS = 16_384;
const HASH_BITS_MAX = 15;
/** Spreads bytes over the highest bits of a word. */
const MIX = 0x9e3779b1;
const STORED_MAX = 0xffff;

/** `bytes` from `from` on, deflated; what stands before that is known to the reader. Cost: linear. */
export function deflate(bytes: Uint8Array, from: number): Uint8Array {
  const writer = new BitWriter(bytes.length - from);
  writeTokens(writer, new MatchFinder(bytes, from), from, bytes.length, true);
  return writer.finish();
}

/**
 * `bytes` from `from` on in parts that end at `ends`, ascending: one behind the other, with END_OF_PARTS behind them, they are as what
 * `deflate` gives. Each looks back at what stands before it, WINDOW_BYTES at most, and ends with an empty stored block, which `inflate`
 * tells of. Cost: linear.
 */
export function deflateParts(bytes: Uint8Array, from: number, ends: readonly number[]): Uint8Array[] {
  const finder = new MatchFinder(bytes, from);
  return ends.map((end, n) => {
    const start = n === 0 ? from : ends[n - 1]!;
    const writer = new BitWriter(end - start);
    writeTokens(writer, finder, start, end, false);
    writer.reserve(1);
    writer.put(0, 3);
    writer.raw(new Uint8Array(0));
    return writer.finish();
  });
}

/** An empty last block. */
export const END_OF_PARTS = Uint8Array.of(3, 0);

/** `bytes` as they are, in a form that `inflate` reads. */
export function stored(bytes: Uint8Array): Uint8Array {
  const writer = new BitWriter(bytes.length);
  for (let from = 0; from === 0 || from < bytes.length; from += STORED_MAX) {
    writer.reserve(1);
    writer.put(from + STORED_MAX >= bytes.length ? 1 : 0, 3);
    writer.raw(bytes.subarray(from, from + STORED_MAX));
  }
  return writer.finish();
}

/** Of the finder's bytes in [from, to), which come next. */
function writeTokens(writer: BitWriter, finder: MatchFinder, from: number, to: number, isLast: boolean): void {
  const tokens = new Uint32Array(Math.min(BLOCK_TOKENS, to - from));
  let count = 0;
  let held = finder.find(from, to, 0);
  for (let at = from; at < to;) {
    if (count === BLOCK_TOKENS) {
      writeBlock(writer, tokens, false);
      count = 0;
    }
    const length = held >>> 16;
    const next = length < LAZY_MAX ? finder.find(at + 1, to, length) : 0;
    if (length > 0 && next === 0) {
      tokens[count++] = held;
      finder.skip(at + (length < LAZY_MAX ? 2 : 1), at + length);
      at += length;
      held = finder.find(at, to, 0);
    } else {
      tokens[count++] = finder.byteAt(at) << 16;
      at++;
      held = next;
    }
  }
  writeBlock(writer, tokens.subarray(0, count), isLast);
}

/** Finds repetitions. A repetition is 65,536 * length + distance. */
class MatchFinder {
  /** Without the first ones. */
  readonly #bytes: Uint8Array;
  readonly #skipped: number;
  readonly #shift: number;
  /** The last place, and one, of each hash of four bytes, and the place before each. */
  readonly #heads: Int32Array;
  readonly #before: Int32Array;

  /** Knows the places in `all` before `from`, as far as they matter. */
  constructor(all: Uint8Array, from: number) {
    this.#skipped = Math.max(0, from - WINDOW_BYTES);
    this.#bytes = all.subarray(this.#skipped);
    const bits = Math.min(HASH_BITS_MAX, Math.max(8, 32 - Math.clz32(this.#bytes.length)));
    this.#shift = 32 - bits;
    this.#heads = new Int32Array(1 << bits);
    this.#before = new Int32Array(this.#bytes.length);
    this.skip(this.#skipped, from);
  }

  byteAt(at: number): number {
    return this.#bytes[at - this.#skipped]!;
  }

  /** Remembers the places in [from, to). */
  skip(from: number, to: number): void {
    const bytes = this.#bytes;
    const heads = this.#heads;
    const before = this.#before;
    const shift = this.#shift;
    const start = from - this.#skipped;
    const end = Math.min(to - this.#skipped, bytes.length - 3);
    if (start >= end) return;
    let four = (bytes[start]! << 8) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 24);
    for (let at = start; at < end; at++) {
      four = (four >>> 8) | (bytes[at + 3]! << 24);
      const hash = Math.imul(four, MIX) >>> shift;
      before[at] = heads[hash]!;
      heads[hash] = at + 1;
    }
  }

  /** Remembers a place, and finds a repetition there that is longer than `least` and ends before `to`; 0: there is none. */
  find(from: number, to: number, least: number): number {
    const bytes = this.#bytes;
    const at = from - this.#skipped;
    const most = Math.min(LENGTH_MAX, to - from);
    if (most < 4) return 0;
    const before = this.#before;
    const heads = this.#heads;
    const three = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const hash = Math.imul(three | (bytes[at + 3]! << 24), MIX) >>> this.#shift;
    let place = heads[hash]! - 1;
    before[at] = place + 1;
    heads[hash] = at + 1;
    const first = Math.max(0, at - WINDOW_BYTES);
    let best = Math.max(3, least);
    let distance = 0;
    if (most <= best) return 0;
    let ending = bytes[at + best]!;
    for (let n = least >= GOOD_LENGTH ? CHAIN_MAX >> 2 : CHAIN_MAX; place >= first && n > 0; n--) {
      if (bytes[place + best] === ending) {
        let length = 0;
        while (length < most && bytes[place + length] === bytes[at + length]) length++;
        if (length > best) {
          best = length;
          distance = at - place;
          if (length >= NICE_LENGTH || length === most) break;
          ending = bytes[at + best]!;
        }
      }
      place = before[place]! - 1;
    }
    return distance > 0 ? (best << 16) | distance : 0;
  }
}

/** A block of its own codes, or of the fixed ones where that is shorter. Tokens are literals, 65,536 * byte, and repetitions. */
function writeBlock(writer: BitWriter, tokens: Uint32Array, isLast: boolean): void {
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

class BitWriter {
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
