/**
 * Byte writing and reading: varints (LEB128, 7 bits a byte, low first; as lib0 writes them), byte
 * strings with a length, UTF-8 strings with a length. The reader trusts nothing: every fault is a
 * `DecodeError` with its offset, and no length is believed before it is compared with what is left.
 */

import { DecodeError } from "./errors.ts";

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const EMPTY_BYTES = new Uint8Array(0);

/** Strings up to this length are looked at unit by unit. */
const SHORT = 16;
/** Of longer ones it is tried whether they are ASCII before anything is counted. */
const LONG = 1_024;

/** Smaller ones are copied in no time. */
const KEPT_BYTES_MIN = 32 * 1024;

function isAscii(text: string): boolean {
  for (let k = 0; k < text.length; k++) if (text.charCodeAt(k) > 127) return false;
  return true;
}

/** null: it is not UTF-8. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return fromUtf8.decode(bytes);
  } catch {
    return null;
  }
}

/** A growing buffer. Every method returns the writer. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;
  /** Whether somebody has been given the buffer. */
  #isShared = false;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  /** @throws RangeError when `value` is not an integer in [0, 2^53). */
  varUint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`Cannot write ${value} as a varint: expected an integer in [0, 2^53)`);
    this.#reserve(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = 0x80 | (rest & 127);
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
  varInt(value: number): this {
    return this.varUint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** The bytes alone, without a length. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A length, then the bytes. */
  varBytes(bytes: Uint8Array): this {
    return this.varUint(bytes.length).raw(bytes);
  }

  /** A length in bytes, then UTF-8. Lone surrogates become U+FFFD: text that may hold them is the caller's to refuse. */
  varString(text: string): this {
    // A typed character: the encoder would cost more than everything else.
    if (text.length > LONG) return this.#longString(text);
    if (text.length > SHORT || !isAscii(text)) return this.varBytes(utf8.encode(text));
    this.varUint(text.length).#reserve(text.length);
    for (let k = 0; k < text.length; k++) this.#bytes[this.#length++] = text.charCodeAt(k);
    return this;
  }

  /** UTF-8 alone, without a length: the reader must know how many UTF-16 units it has. */
  text(text: string): this {
    if (text.length > LONG) return this.#longText(text);
    if (text.length > SHORT || !isAscii(text)) return this.raw(utf8.encode(text));
    this.#reserve(text.length);
    for (let k = 0; k < text.length; k++) this.#bytes[this.#length++] = text.charCodeAt(k);
    return this;
  }

  /** Copies what was written into `target`, and returns how many bytes. */
  copyTo(target: Uint8Array, at: number): number {
    target.set(this.#bytes.subarray(0, this.#length), at);
    return this.#length;
  }

  /** Forgets what was written and keeps the room: for a writer that is used again and again. */
  clear(): this {
    if (this.#isShared) this.#bytes = new Uint8Array(this.#bytes.length);
    this.#isShared = false;
    this.#length = 0;
    return this;
  }

  /** A view of what was written, good until more is. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, in bytes that nobody writes to any more. Large ones are not copied where they all but fill their buffer. */
  finish(): Uint8Array {
    if (this.#length < KEPT_BYTES_MIN || 8 * this.#length < 7 * this.#bytes.buffer.byteLength) return this.#bytes.slice(0, this.#length);
    // Full from now on: the next byte is written into a buffer of its own.
    this.#isShared = true;
    return (this.#bytes = this.#bytes.subarray(0, this.#length));
  }

  /** As `varString`, not encoded elsewhere first: mostly it is ASCII, and its length known. */
  #longString(text: string): this {
    const start = this.#length;
    this.varUint(text.length);
    const from = this.#length;
    this.#longText(text);
    const bytes = this.#length - from;
    if (bytes === text.length) return this;
    const encoded = this.#bytes.slice(from, this.#length);
    this.#length = start;
    return this.varBytes(encoded);
  }

  #longText(text: string): this {
    this.#reserve(text.length);
    const { read, written } = utf8.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written;
    return read === text.length ? this : this.raw(utf8.encode(text.slice(read)));
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#isShared = false;
  }
}

/** Reads what `ByteWriter` wrote. Views it returns share memory with the input. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** @throws DecodeError at the end of input. */
  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw this.error("Unexpected end of input");
    this.#offset++;
    return value;
  }

  /** @throws DecodeError at the end of input, or when the number is 2^53 or more. */
  varUint(): number {
    const start = this.#offset;
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new DecodeError("Varint of 2^53 or more", start);
      if (byte < 128) return value;
      scale *= 128;
      if (scale > 2 ** 56) throw new DecodeError("Varint of more than 8 bytes", start);
    }
  }

  /** The inverse of `ByteWriter.varInt`. */
  varInt(): number {
    const zigzag = this.varUint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  /** A count of things that take at least `bytesEach` bytes: one that cannot fit is refused before anything is allocated. */
  count(bytesEach = 1): number {
    const start = this.#offset;
    const count = this.varUint();
    if (count * bytesEach > this.remaining) throw new DecodeError(`Count ${count} does not fit in the ${this.remaining} bytes left`, start);
    return count;
  }

  /** A view of `length` bytes. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) throw this.error(`Length ${length} exceeds the ${this.remaining} bytes left`);
    const view = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }

  varBytes(): Uint8Array {
    return this.raw(this.count());
  }

  /** @throws DecodeError when the bytes are not UTF-8. */
  varString(): string {
    const start = this.#offset;
    const length = this.count();
    const bytes = this.raw(length);
    if (length <= SHORT) {
      // The decoder would cost more than everything else.
      let text = "";
      let at = 0;
      for (; at < length && bytes[at]! < 128; at++) text += String.fromCharCode(bytes[at]!);
      if (at === length) return text;
    }
    const text = decoded(bytes);
    if (text === null) throw new DecodeError("Invalid UTF-8", start);
    return text;
  }

  /** UTF-8 of exactly `units` UTF-16 units, as `ByteWriter.text` wrote it. @throws DecodeError when it is not that. */
  text(units: number): string {
    if (units > this.remaining) throw this.error(`${units} units of text do not fit in the ${this.remaining} bytes left`);
    const bytes = this.#bytes;
    const from = this.#offset;
    if (units === 1 && bytes[from]! < 128) return String.fromCharCode(this.byte());
    if (units > LONG) {
      // As many bytes as units decode to as many units when all of them are ASCII, and never else.
      const ascii = decoded(bytes.subarray(from, from + units));
      if (ascii?.length === units) {
        this.#offset += units;
        return ascii;
      }
    }
    let at = from;
    let count = 0;
    while (count < units && at < bytes.length) {
      const byte = bytes[at]!;
      at += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      count += byte < 0xf0 ? 1 : 2;
    }
    const text = decoded(this.raw(at - from));
    if (text === null) throw new DecodeError("Invalid UTF-8", from);
    if (text.length !== units) throw new DecodeError(`${text.length} units of text for ${units} events`, from);
    return text;
  }

  /** @throws DecodeError when bytes are left over. */
  end(): void {
    if (this.remaining > 0) throw this.error(`${this.remaining} bytes left over`);
  }

  error(message: string): DecodeError {
    return new DecodeError(message, this.#offset);
  }
}

/**
 * `bytes` to be held on to, where they may lie in a buffer of much else: a copy, unless they are large and most of their buffer.
 * Nobody may write to them afterwards.
 */
export function kept(bytes: Uint8Array): Uint8Array {
  return bytes.length >= KEPT_BYTES_MIN && bytes.buffer.byteLength <= 2 * bytes.length ? bytes : bytes.slice();
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Base64 for JSON. Cost: linear. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x2000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  return btoa(binary);
}

/** @throws DecodeError when `text` is not base64. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new DecodeError("Invalid base64", 0);
  }
  return Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
}
