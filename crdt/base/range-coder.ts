/**
 * An adaptive binary range coder (Martin 1979; carries as in LZMA's), and numbers on top of it: each bit is predicted
 * from how it went before in the same context, so what is regular costs next to nothing. Encoder and decoder must ask in
 * the same order. A context is a slot of a `Model`; two estimates, a quick and a slow one, are averaged.
 */

import { DecodeError } from "./errors.ts";

const ONE_BITS = 16;
const ONE = 2 ** ONE_BITS - 1;
const HALF = 2 ** (ONE_BITS - 1);
const QUICK = 4;
const SLOW = 7;
const TOP = 2 ** 24;

/**
 * Estimates of the probability that a bit is 0, for `slots` contexts: the quick one in the lower half of a word, the slow
 * one in the upper half.
 */
export class Model {
  readonly estimates: Uint32Array;

  constructor(slots: number) {
    this.estimates = new Uint32Array(slots).fill(HALF * (2 ** ONE_BITS + 1));
  }
}

/** Slots that a number takes in a model: a tree of its bit lengths, then for each length its leading bits. */
export const NUMBER_SLOTS = 64 + 33 * 8 + 33;
const LEADING = 64;
const TRAILING = 64 + 33 * 8;

export interface BitCoder {
  /** Codes one bit in context `slot`; returns it. A decoder ignores `bit`. */
  bit(model: Model, slot: number, bit: number): number;
}

export class RangeEncoder implements BitCoder {
  #bytes = new Uint8Array(256);
  #length = 0;
  #low = 0;
  /** 32 bits, signed here: what fits into a small integer is not boxed. */
  #range = -1;
  #cache = 0;
  #pending = 1;

  bit({ estimates }: Model, slot: number, bit: number): number {
    const estimate = estimates[slot]!;
    const bound = boundOf(this.#range, estimate);
    if (bit === 0) {
      this.#range = bound;
      estimates[slot] = up(estimate);
    } else {
      this.#low += bound >>> 0;
      this.#range = (this.#range - bound) | 0;
      estimates[slot] = down(estimate);
    }
    while (this.#range >>> 0 < TOP) {
      this.#range <<= 8;
      this.#shiftLow();
    }
    return bit;
  }

  /** Goes on from `low`, `range` wide, behind `bytes`, which begin with a 0. */
  static from(bytes: Uint8Array<ArrayBuffer>, low: number, range: number): RangeEncoder {
    const out = new RangeEncoder();
    // A carry may still run through bytes of 255: they wait, with the one before them.
    let end = bytes.length - 1;
    while (bytes[end] === 255) end--;
    out.#bytes = bytes;
    out.#length = end;
    out.#cache = bytes[end]!;
    out.#pending = bytes.length - end;
    out.#low = low;
    out.#range = range;
    return out;
  }

  clone(): RangeEncoder {
    const out = new RangeEncoder();
    out.#bytes = this.#bytes.slice(0, this.#length + 256);
    out.#length = this.#length;
    out.#low = this.#low;
    out.#range = this.#range;
    out.#cache = this.#cache;
    out.#pending = this.#pending;
    return out;
  }

  /** Ends the code. The encoder is of no use then. */
  finish(): Uint8Array {
    for (let n = 0; n < 5; n++) this.#shiftLow();
    // The first byte is always 0, and a decoder reads zeros behind the end.
    let end = this.#length;
    while (end > 1 && this.#bytes[end - 1] === 0) end--;
    return this.#bytes.slice(1, end);
  }

  #shiftLow(): void {
    if (this.#low < 0xff000000 || this.#low > 0xffffffff) {
      const carry = this.#low > 0xffffffff ? 1 : 0;
      this.#put((this.#cache + carry) & 255);
      for (; this.#pending > 1; this.#pending--) this.#put((255 + carry) & 255);
      this.#pending = 0;
      this.#cache = Math.floor(this.#low / TOP) & 255;
    }
    this.#pending++;
    this.#low = (this.#low % TOP) * 256;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

export class RangeDecoder implements BitCoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Both 32 bits, signed here: what fits into a small integer is not boxed. */
  #range = -1;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let n = 0; n < 4; n++) this.#code = (this.#code << 8) | this.#next();
  }

  bit({ estimates }: Model, slot: number): number {
    const estimate = estimates[slot]!;
    const bound = boundOf(this.#range, estimate);
    const bit = this.#code >>> 0 < bound >>> 0 ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
      estimates[slot] = up(estimate);
    } else {
      this.#code = (this.#code - bound) | 0;
      this.#range = (this.#range - bound) | 0;
      estimates[slot] = down(estimate);
    }
    while (this.#range >>> 0 < TOP) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | this.#next();
    }
    return bit;
  }

  #next(): number {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at++]! : (this.#at++, 0);
  }

  /** An encoder that goes on where this has come to: it would write what has been read, and then what it is asked to. */
  encoder(): RangeEncoder {
    // What was read is the encoder's low end, all its bytes as one number, and how far above that the code lies.
    const read = new Uint8Array(1 + this.#at);
    read.set(this.#bytes.subarray(0, this.#at), 1);
    let borrow = 0;
    for (let n = 0; n < read.length && (n < 4 || borrow > 0); n++) {
      const at = read.length - 1 - n;
      const byte = read[at]! - borrow - (n < 4 ? (this.#code >>> (8 * n)) & 255 : 0);
      read[at] = byte;
      borrow = byte < 0 ? 1 : 0;
    }
    const end = read.length - 4;
    const low = ((read[end]! << 24) | (read[end + 1]! << 16) | (read[end + 2]! << 8) | read[end + 3]!) >>> 0;
    return RangeEncoder.from(read.slice(0, end), low, this.#range);
  }

  /** @throws DecodeError when far more was asked for than there are bytes. */
  end(): void {
    if (this.#at > this.#bytes.length + 8) throw new DecodeError("Unexpected end of coded numbers", this.#bytes.length);
  }
}

/** The part of a range that stands for a 0. 32 bits, signed. */
function boundOf(range: number, estimate: number): number {
  return Math.imul(range >>> 17, (estimate & ONE) + (estimate >>> ONE_BITS) || 1);
}

/** The estimate after a 0. */
function up(estimate: number): number {
  const quick = estimate & ONE;
  const slow = estimate >>> ONE_BITS;
  return ((slow + ((ONE - slow) >> SLOW)) << ONE_BITS) | (quick + ((ONE - quick) >> QUICK));
}

/** The estimate after a 1. */
function down(estimate: number): number {
  const quick = estimate & ONE;
  const slow = estimate >>> ONE_BITS;
  return ((slow - (slow >> SLOW)) << ONE_BITS) | (quick - (quick >> QUICK));
}

/** Codes an integer in [0, 2^31) in the contexts from `slot` on, which are NUMBER_SLOTS many; returns it. */
export function codeNumber(coder: BitCoder, model: Model, slot: number, value: number): number {
  const bits = 32 - Math.clz32(value);
  let length = 1;
  for (let shift = 5; shift >= 0; shift--) length = 2 * length + coder.bit(model, slot + length, (bits >> shift) & 1);
  length -= 64;
  if (length < 2) return length;
  let number = 1;
  const leading = slot + LEADING + Math.min(length, 32) * 8;
  for (let n = length - 2, depth = 0; n >= 0; n--, depth++) {
    const context = depth < 3 ? leading + number : slot + TRAILING + n;
    number = 2 * number + coder.bit(model, context, (value >>> n) & 1);
  }
  return number;
}
