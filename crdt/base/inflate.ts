/**
 * Reads what RFC 1951 calls deflated: bytes as literals and as repetitions of what came before, in Huffman codes. Behind what is
 * there already, which may be repeated too: so one array serves many parts. The writer: deflater.ts.
 */

/** Of the length symbols 257 and more, and of the distance symbols: the least that each stands for, and how many bits say what is more. */
export const LENGTH_EXTRA = Uint8Array.from({ length: 29 }, (_, n) => (n < 8 || n === 28 ? 0 : (n >> 2) - 1));
export const LENGTH_BASE = Uint16Array.from(LENGTH_EXTRA, (extra, n) => (n < 8 ? n + 3 : n === 28 ? 258 : 3 + ((4 + (n & 3)) << extra)));
export const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_, n) => (n < 4 ? 0 : (n >> 1) - 1));
export const DISTANCE_BASE = Uint16Array.from(DISTANCE_EXTRA, (extra, n) => (n < 4 ? n + 1 : 1 + ((2 + (n & 1)) << extra)));
/** The order in which a block tells the lengths of the codes that tell lengths. */
export const LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);
export const END_OF_BLOCK = 256;
export const CODE_BITS_MAX = 15;
/** Of the codes that RFC 1951 gives for blocks that name none. */
export const FIXED_LENGTHS = Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
export const FIXED_DISTANCES = new Uint8Array(30).fill(5);

/** Codes of so many bits are found at once, the few longer ones bit by bit. */
const QUICK_BITS = 9;
const QUICK_MASK = (1 << QUICK_BITS) - 1;
const INVALID = -1;

const REVERSED = Uint16Array.from({ length: 1 << QUICK_BITS }, (_, n) => reversed(n, QUICK_BITS));

/** A canonical Huffman code. */
class Decoder {
  /** For the next QUICK_BITS: 16 * symbol + bits of its code; 0: a longer one, or none. */
  readonly quick = new Uint16Array(1 << QUICK_BITS);
  /** Whether there can be a code of these lengths: not all may be short. */
  readonly isCode: boolean;
  readonly #counts = new Uint16Array(CODE_BITS_MAX + 1);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    const counts = this.#counts;
    for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++;
    counts[0] = 0;
    // Where each length's symbols begin.
    const from = new Uint16Array(CODE_BITS_MAX + 2);
    let room = 1 << CODE_BITS_MAX;
    for (let n = 1; n <= CODE_BITS_MAX; n++) {
      room -= counts[n]! << (CODE_BITS_MAX - n);
      from[n + 1] = from[n]! + counts[n]!;
    }
    this.isCode = room >= 0;
    const symbols = new Uint16Array(lengths.length);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol]!;
      if (length > 0) symbols[from[length]!++] = symbol;
    }
    this.#symbols = symbols;
    // In order of their codes, each fills a range of what begins with its code.
    const quick = new Uint16Array(1 << QUICK_BITS);
    for (let n = 0, at = 0; n < symbols.length && at <= QUICK_MASK; n++) {
      const length = lengths[symbols[n]!]!;
      if (length === 0 || length > QUICK_BITS) break;
      quick.fill((symbols[n]! << 4) | length, at, (at += 1 << (QUICK_BITS - length)));
    }
    for (let n = 0; n <= QUICK_MASK; n++) this.quick[n] = quick[REVERSED[n]!]!;
  }

  /** As `quick`, of a code that may be longer than that: `bits` are the next ones. INVALID: there is none. */
  slow(bits: number): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      code |= (bits >> (length - 1)) & 1;
      const count = this.#counts[length]!;
      if (code - count < first) return (this.#symbols[index + code - first]! << 4) | length;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return INVALID;
  }
}

/** The lowest `count` bits, 16 at most, in the other order: codes are written from their highest bit on, all else from its lowest. */
export function reversed(bits: number, count: number): number {
  let out = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
  out = ((out & 0x3333) << 2) | ((out >> 2) & 0x3333);
  out = ((out & 0x0f0f) << 4) | ((out >> 4) & 0x0f0f);
  return (((out & 0xff) << 8) | (out >> 8)) >> (16 - count);
}

/** So many bytes are read ahead, at most. */
const PADDING = 16;

/** Reads from the lowest bit of each byte on. Behind the end there are zeros, a few of which may be read: see isOver. */
class BitReader {
  readonly size: number;
  /** With zeros behind them. */
  readonly bytes: Uint8Array;
  /** The next byte, and the `count` bits before it that are not taken yet. */
  at = 0;
  hold = 0;
  count = 0;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.bytes = new Uint8Array(bytes.length + PADDING);
    this.bytes.set(bytes);
  }

  /** At most 16 bits. */
  take(bits: number): number {
    for (; this.count < bits; this.count += 8) this.hold |= (this.bytes[this.at++] ?? 0) << this.count;
    const value = this.hold & ((1 << bits) - 1);
    this.hold >>>= bits;
    this.count -= bits;
    return value;
  }

  /** A symbol in a code; less than 0: there is none. */
  symbol(decoder: Decoder): number {
    for (; this.count < CODE_BITS_MAX; this.count += 8) this.hold |= (this.bytes[this.at++] ?? 0) << this.count;
    const entry = decoder.quick[this.hold & QUICK_MASK]! || decoder.slow(this.hold);
    this.hold >>>= entry & 15;
    this.count -= entry & 15;
    return entry >> 4;
  }

  /** Gives back whole bytes, and what is left of the one at hand is passed over. */
  align(): void {
    this.at -= this.count >> 3;
    this.hold = this.count = 0;
  }

  /** Whether more was taken than there is. */
  get isOver(): boolean {
    return this.at - (this.count >> 3) > this.size;
  }
}

let fixed: readonly [Decoder, Decoder] | null = null;

/**
 * Writes what `code` says into `out` from `from` on: what stands before that is known to it. Returns where it ends; -1: it is not
 * that, or does not fit. `onPart` is told where each part ends, in `code` and in `out`. Cost: linear in what is written.
 */
export function inflate(
  code: Uint8Array,
  out: Uint8Array,
  from: number,
  onPart: ((codeEnd: number, end: number) => void) | null = null,
): number {
  const reader = new BitReader(code);
  const { size, bytes } = reader;
  const room = out.length;
  let end = from;
  for (let isLast = false; !isLast && end >= 0 && !reader.isOver;) {
    isLast = reader.take(1) === 1;
    const kind = reader.take(2);
    if (kind === 0) {
      const before = end;
      end = readStored(reader, out, end);
      if (end === before) onPart?.(reader.at, end);
      continue;
    }
    const decoders = kind === 3 ? null : kind === 1 ? (fixed ??= fixedDecoders()) : readDecoders(reader);
    if (decoders === null) return INVALID;
    const [symbols, distances] = decoders;
    const [quickSymbols, quickDistances] = [symbols.quick, distances.quick];
    // The reader's state stands in locals meanwhile: that takes half the time. One function, so that it is compiled once for all blocks.
    let { at, hold, count } = reader;
    for (;;) {
      if (count < CODE_BITS_MAX) {
        if (at > size + 4) return INVALID;
        hold |= (bytes[at]! | (bytes[at + 1]! << 8)) << count;
        at += 2;
        count += 16;
      }
      let entry = quickSymbols[hold & QUICK_MASK]!;
      if (entry === 0) entry = symbols.slow(hold);
      let used = entry & 15;
      hold >>>= used;
      count -= used;
      const symbol = entry >> 4;
      if (symbol < END_OF_BLOCK) {
        if (end === room || entry < 0) return INVALID;
        out[end++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) break;
      if (symbol > 285) return INVALID;
      let extra = LENGTH_EXTRA[symbol - 257]!;
      if (count < extra) {
        hold |= (bytes[at]! | (bytes[at + 1]! << 8)) << count;
        at += 2;
        count += 16;
      }
      const length = LENGTH_BASE[symbol - 257]! + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      count -= extra;
      if (count < CODE_BITS_MAX) {
        hold |= (bytes[at]! | (bytes[at + 1]! << 8)) << count;
        at += 2;
        count += 16;
      }
      entry = quickDistances[hold & QUICK_MASK]!;
      if (entry === 0) entry = distances.slow(hold);
      if (entry < 0 || entry >> 4 > 29) return INVALID;
      used = entry & 15;
      hold >>>= used;
      count -= used;
      extra = DISTANCE_EXTRA[entry >> 4]!;
      if (count < extra) {
        hold |= (bytes[at]! | (bytes[at + 1]! << 8)) << count;
        at += 2;
        count += 16;
      }
      const distance = DISTANCE_BASE[entry >> 4]! + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      count -= extra;
      if (distance > end || end + length > room) return INVALID;
      const to = end + length;
      let source = end - distance;
      // Four at a time, where there is room: what is too much is written over.
      if (to + 3 > room) while (end < to) out[end++] = out[source++]!;
      for (; end < to; end += 4, source += 4) {
        out[end] = out[source]!;
        out[end + 1] = out[source + 1]!;
        out[end + 2] = out[source + 2]!;
        out[end + 3] = out[source + 3]!;
      }
      end = to;
    }
    reader.at = at;
    reader.hold = hold;
    reader.count = count;
  }
  return reader.isOver ? INVALID : end;
}

function fixedDecoders(): readonly [Decoder, Decoder] {
  return [new Decoder(FIXED_LENGTHS), new Decoder(FIXED_DISTANCES)];
}

/** Writes bytes that stand there as they are. Returns where they end. */
function readStored(reader: BitReader, out: Uint8Array, end: number): number {
  reader.align();
  const length = reader.take(16);
  const { size, bytes, at } = reader;
  if (reader.take(16) !== (length ^ 0xffff) || at + 2 + length > size || end + length > out.length) return INVALID;
  out.set(bytes.subarray(reader.at, reader.at + length), end);
  reader.at += length;
  return end + length;
}

/** The codes that a block begins with; null: these are none. */
function readDecoders(reader: BitReader): readonly [Decoder, Decoder] | null {
  const symbolCount = reader.take(5) + 257;
  const distanceCount = reader.take(5) + 1;
  const lengthCount = reader.take(4) + 4;
  const first = new Uint8Array(19);
  for (let n = 0; n < lengthCount; n++) first[LENGTH_ORDER[n]!] = reader.take(3);
  const decoder = new Decoder(first);
  const lengths = new Uint8Array(symbolCount + distanceCount);
  for (let n = 0; decoder.isCode && n < lengths.length;) {
    const symbol = reader.symbol(decoder);
    if (symbol < 0) return null;
    if (symbol < 16) {
      lengths[n++] = symbol;
      continue;
    }
    const repeat = symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
    if (n + repeat > lengths.length || (symbol === 16 && n === 0)) return null;
    if (symbol === 16) lengths.fill(lengths[n - 1]!, n, n + repeat);
    n += repeat;
  }
  const decoders = [new Decoder(lengths.subarray(0, symbolCount)), new Decoder(lengths.subarray(symbolCount))] as const;
  return decoder.isCode && decoders.every(({ isCode }) => isCode) ? decoders : null;
}
