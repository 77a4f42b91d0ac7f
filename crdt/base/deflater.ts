/**
 * Writes bytes as RFC 1951 calls deflated: as literals and as repetitions of what came before, in Huffman codes. Repetitions are looked
 * for in chains of places that begin with the same four bytes, and given up where the next place has a longer one, as zlib does. The
 * reader: inflate.ts.
 */

import { BitWriter, LENGTH_MAX, writeBlock } from "./deflate-block.ts";

/** Repetitions reach back no further than this. */
export const WINDOW_BYTES = 32 * 1024;
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
