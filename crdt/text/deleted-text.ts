/**
 * What was deleted, for storage: the units in the order in which they were deleted, those of one piece (see
 * event-columns.ts) in the order of the text. What is old is coded in blocks that never change; what is newer, with
 * the text as a help. So an encode costs what is new, and the text.
 *
 * deleted := varUint(units) varUint(last) varUint(n) block^n block, the first n of BLOCK_UNITS each
 * block   := deflated (base/deflate.ts) units (base/units.ts); the first n each against those before it, the last one
 *            against the text
 *
 * `last`: how many units, at the end, the log's last piece deleted: it may go on, and backspace goes on in front.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { dictionaryOf, readDeflatedBytes, readDeflatedInto, skipDeflated, writeDeflatedBytes } from "../base/deflate.ts";
import { WINDOW_BYTES } from "../base/deflater.ts";
import { DecodeError } from "../base/errors.ts";
import { bytesToUnits, unitsToBytes } from "../base/units.ts";
import { DELETE_BACK, type EventLog, INSERT } from "./event-log.ts";
import { Rope, unitsText } from "./rope.ts";
import { PLACE, type Tracker } from "./tracker.ts";

/** A block takes about a millisecond. */
const BLOCK_UNITS = 12_288;
/** Units that are coded anew with each encode, at most; where the text is shorter than TEXT_UNITS, as many more. */
const OPEN_UNITS_MAX = 28_672;
const TEXT_UNITS = 65_536;

export class DeletedText {
  /** As they are written, and the end of what they say, if that is known. */
  readonly #blocks: Uint8Array[] = [];
  #window: Uint8Array | null = null;
  #open = new Uint16Array(64);
  #length = 0;
  /** The piece that deleted last, and where its units begin in `#open`. */
  #piece = -1;
  #pieceFrom = 0;

  /** Of a log's events so far: `tracker` has them all. Cost: linear. */
  static of(log: EventLog, tracker: Tracker, baseText: string): DeletedText {
    const out = new DeletedText();
    for (const { piece, id, length } of deletedRanges(log, tracker, log.count)) {
      const text = id >= PLACE ? baseText.slice(id - PLACE, id - PLACE + length) : log.textAt(id, id + length);
      const at = out.#room(piece, length);
      for (let k = 0; k < length; k++) out.#open[at + k] = text.charCodeAt(k);
    }
    return out;
  }

  /** As `of`, of a log in which each event acted on all before it: the pieces alone tell. Cost: these. */
  static ofPieces(log: EventLog, baseText: string): DeletedText {
    const out = new DeletedText();
    const rope = Rope.of(baseText);
    for (let lv = log.firstLv; lv < log.count;) {
      const to = log.runEnd(lv, log.count);
      const kind = log.kindAt(lv);
      const position = log.positionAt(lv);
      if (kind === INSERT) log.copyText(lv, to, rope, Math.min(position, rope.length));
      else {
        const count = to - lv;
        const first = kind === DELETE_BACK ? position - count + 1 : position;
        const at = out.#room(lv, count);
        rope.copyUnits(first, first + count, out.#open, at);
        rope.delete(first, count);
      }
      lv = to;
    }
    return out;
  }

  /** What was written, of a log that ended with `lastPiece`. @throws DecodeError */
  static restore(stored: StoredDeleted, lastPiece: number): DeletedText {
    const out = new DeletedText();
    for (const block of stored.blocks) out.#blocks.push(block);
    out.#open = bytesToUnits(readDeflatedBytes(new ByteReader(stored.open), dictionaryOf(stored.text)));
    out.#length = out.#open.length;
    if (stored.last > 0) out.#piece = lastPiece;
    out.#pieceFrom = out.#length - stored.last;
    return out;
  }

  /** The log's last piece deletes units that still are in the text. Cost: these, now and then a block. */
  take(log: EventLog, rope: Rope, index: number, count: number): void {
    const isBack = log.kindAt(log.lastPiece) === DELETE_BACK;
    const end = this.#room(log.lastPiece, count);
    const at = isBack ? this.#pieceFrom : end;
    if (isBack) this.#open.copyWithin(at + count, at, end);
    rope.copyUnits(index, index + count, this.#open, at);
    if (this.#length > openMax(rope.length)) this.#close(1);
  }

  /** All units. Cost: linear. */
  units(): Uint16Array {
    return joinedUnits(this.#blocks, this.#open.subarray(0, this.#length));
  }

  /** `count` units, behind which there are `behind`; null: some of them are in a block. */
  slice(count: number, behind: number): string | null {
    const end = this.#length - behind;
    return end < count ? null : unitsText(this.#open, end - count, end);
  }

  /** Cost: linear in what is not in a block yet; makes blocks of what is too much. */
  write(writer: ByteWriter, log: EventLog, text: string): void {
    this.#close(Math.ceil((this.#length - openMax(text.length)) / BLOCK_UNITS));
    const isGoingOn = this.#piece >= 0 && this.#piece === log.lastPiece;
    writer
      .varUint(this.#blocks.length * BLOCK_UNITS + this.#length)
      .varUint(isGoingOn ? this.#length - this.#pieceFrom : 0)
      .varUint(this.#blocks.length);
    for (const block of this.#blocks) writer.raw(block);
    writeDeflatedBytes(writer, unitsToBytes(this.#open.subarray(0, this.#length)), dictionaryOf(text));
  }

  /** Makes room behind everything; returns where. */
  #room(piece: number, count: number): number {
    const at = this.#length;
    if (piece !== this.#piece) {
      this.#piece = piece;
      this.#pieceFrom = at;
    }
    this.#length += count;
    if (this.#length > this.#open.length) {
      const grown = new Uint16Array(Math.max(this.#length, 2 * this.#open.length));
      grown.set(this.#open);
      this.#open = grown;
    }
    return at;
  }

  /** Makes `count` blocks, or as many as there can be: what the last piece deleted may still change. */
  #close(count: number): void {
    const blocks = Math.min(count, Math.floor(this.#pieceFrom / BLOCK_UNITS));
    if (blocks <= 0) return;
    let window = (this.#window ??= readBlocks(this.#blocks, null).slice(-WINDOW_BYTES));
    for (let n = 0; n < blocks; n++) {
      const bytes = unitsToBytes(this.#open.subarray(n * BLOCK_UNITS, (n + 1) * BLOCK_UNITS));
      const writer = new ByteWriter(1024 + bytes.length);
      writeDeflatedBytes(writer, bytes, window.length === 0 ? null : window, 0);
      this.#blocks.push(writer.finish());
      window = endOf(window, bytes);
    }
    this.#window = window;
    this.#open.copyWithin(0, blocks * BLOCK_UNITS, this.#length);
    this.#length -= blocks * BLOCK_UNITS;
    this.#pieceFrom -= blocks * BLOCK_UNITS;
  }
}

/** What `DeletedText.write` wrote, not read yet. */
export interface StoredDeleted {
  readonly units: number;
  readonly last: number;
  readonly blocks: readonly Uint8Array[];
  readonly open: Uint8Array;
  /** The text that it was written with. */
  readonly text: string;
}

/** Of `bytes`, which `reader` reads. @throws DecodeError */
export function readStoredDeleted(reader: ByteReader, bytes: Uint8Array, text: string): StoredDeleted {
  const block = (): Uint8Array => {
    const from = reader.offset;
    skipDeflated(reader, 0);
    return bytes.subarray(from, reader.offset);
  };
  const units = reader.varUint();
  const last = reader.varUint();
  const blocks = Array.from({ length: reader.count(2) }, block);
  const from = reader.offset;
  const openUnits = units - blocks.length * BLOCK_UNITS;
  if (openUnits < last || openUnits > skipDeflated(reader)) throw reader.error(`${units} deleted units in ${blocks.length} blocks`);
  return { units, last, blocks, open: bytes.subarray(from, reader.offset), text };
}

/** All units, in the order in which they were deleted. @throws DecodeError. Cost: linear. */
export function unitsOf({ units, blocks, open, text }: StoredDeleted): Uint16Array {
  const out = joinedUnits(blocks, bytesToUnits(readDeflatedBytes(new ByteReader(open), dictionaryOf(text))));
  if (out.length !== units) throw new DecodeError(`${out.length} deleted units where ${units} were announced`, 0);
  return out;
}

function joinedUnits(blocks: readonly Uint8Array[], open: Uint16Array): Uint16Array {
  const out = new Uint16Array(blocks.length * BLOCK_UNITS + open.length);
  let n = 0;
  readBlocks(blocks, (bytes) => {
    const units = bytesToUnits(bytes);
    if (units.length !== BLOCK_UNITS) throw new DecodeError(`A block of ${units.length} units`, 0);
    out.set(units, BLOCK_UNITS * n++);
  });
  out.set(open, blocks.length * BLOCK_UNITS);
  return out;
}

/** Tells what each block says, and returns what all say, one behind the other. @throws DecodeError */
function readBlocks(blocks: readonly Uint8Array[], onBlock: ((bytes: Uint8Array) => void) | null): Uint8Array {
  // No bytes for nothing: there may be many blocks.
  const out = new Uint8Array(blocks.reduce((sum, block) => sum + skipDeflated(new ByteReader(block), 0), 0));
  let end = 0;
  for (const block of blocks) {
    const from = end;
    end = readDeflatedInto(new ByteReader(block), out, from, 0);
    onBlock?.(out.subarray(from, end));
  }
  return out;
}

/**
 * The units that the events before `end` deleted, each once, in the order of a DeletedText. `tracker` has those events.
 * Cost: linear.
 */
export function* deletedRanges(
  log: EventLog,
  tracker: Tracker,
  end: number,
): Generator<{ readonly piece: number; readonly id: number; readonly length: number }> {
  const isTaken = new Uint8Array(end);
  const isBaseTaken = new Uint8Array(tracker.baseLength);
  for (let piece = log.firstLv; piece < end;) {
    const to = log.runEnd(piece, end);
    if (log.kindAt(piece) !== INSERT) {
      const ranges = [...tracker.targets(piece, to)];
      if (log.kindAt(piece) === DELETE_BACK) ranges.reverse();
      for (const { id, length } of ranges) {
        const [taken, first] = id >= PLACE ? [isBaseTaken, id - PLACE] : [isTaken, id];
        // Others may have deleted some of it before.
        for (let from = first; from < first + length;) {
          let next = from;
          while (next < first + length && taken[next] === 0) taken[next++] = 1;
          if (next > from) yield { piece, id: id + from - first, length: next - from };
          from = Math.max(next, from + 1);
        }
      }
    }
    piece = to;
  }
}

function openMax(textUnits: number): number {
  return OPEN_UNITS_MAX + Math.max(0, TEXT_UNITS - textUnits);
}

function endOf(window: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new ByteWriter(window.length + bytes.length).raw(window).raw(bytes).finish().subarray(-WINDOW_BYTES);
}
