/**
 * Writes to lines, and their bytes (lww-line-strategy.ts).
 *
 * update := folded  varUint(n) write^n  (see write-log.ts, logged-write.ts)
 * write  := logged position varUint(0: overwritten since | 1: varString(text) | 2: deleted)
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { ENDLESS, finished, type StepCounter } from "../base/steps.ts";
import { type LinePosition, readPosition, writePosition } from "../types/line-position.ts";
import { type LoggedWrite, readLogged, writeLogged } from "./logged-write.ts";
import { type FoldedWrites, readFolded, writeFolded } from "./write-log.ts";

/** What a step wrote, put behind what those before it did; of what a write costs. */
const PART_COST = 5;

export interface LineContent {
  readonly text: string;
  readonly isDeleted: boolean;
}

export interface LineWrite extends LoggedWrite {
  readonly position: LinePosition;
  /** What the line then holds; null: it was overwritten before this was sent. */
  readonly content: LineContent | null;
}

export interface LineUpdate {
  readonly folded: FoldedWrites;
  readonly writes: readonly LineWrite[];
}

export function encodeUpdate({ folded, writes }: LineUpdate): Uint8Array {
  return finished(encodeInSteps(folded, writes, ENDLESS));
}

/** The same a little at a time. */
export function* encodeInSteps(folded: FoldedWrites, writes: readonly LineWrite[], isStepOver: StepCounter): Generator<void, Uint8Array> {
  // One buffer that grew with all of them would be copied whole, in one step, each time.
  const parts: Uint8Array[] = [];
  let writer = writeFolded(new ByteWriter(), folded).varUint(writes.length);
  for (const write of writes) {
    writePosition(writeLogged(writer, write), write.position);
    if (write.content === null) writer.varUint(0);
    else if (write.content.isDeleted) writer.varUint(2);
    else writer.varUint(1).varString(write.content.text);
    if (!isStepOver()) continue;
    parts.push(writer.finish());
    writer = new ByteWriter(parts[0]!.length);
    yield;
  }
  parts.push(writer.written());
  const whole = new ByteWriter(parts.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) {
    whole.raw(part);
    if (isStepOver(PART_COST)) yield;
  }
  return whole.finish();
}

/** @throws DecodeError when `bytes` is not exactly one update. */
export function decodeUpdate(bytes: Uint8Array): LineUpdate {
  const reader = new LineReader(bytes);
  return { folded: reader.folded, writes: reader.take(reader.left) };
}

/** Reads an update's writes some at a time, for who must not take long. What was read holds only once nothing is left. */
export class LineReader {
  readonly folded: FoldedWrites;
  readonly #reader: ByteReader;
  #left: number;

  /** @throws DecodeError */
  constructor(bytes: Uint8Array) {
    this.#reader = new ByteReader(bytes);
    this.folded = readFolded(this.#reader);
    this.#left = this.#reader.count(10);
    if (this.#left === 0) this.#reader.end();
  }

  /** How many writes are still to be read. */
  get left(): number {
    return this.#left;
  }

  /** The next `count` writes, or what is left. @throws DecodeError when they are none, or when bytes follow the last one. */
  take(count: number): LineWrite[] {
    const writes: LineWrite[] = [];
    if (this.#left === 0) return writes;
    for (; writes.length < count && this.#left > 0; this.#left--) writes.push(this.#next());
    if (this.#left === 0) this.#reader.end();
    return writes;
  }

  #next(): LineWrite {
    const reader = this.#reader;
    const { stamp, base, at, splices } = readLogged(reader);
    const position = readPosition(reader);
    const mark = reader.varUint();
    if (mark > 2) throw reader.error(`Invalid mark ${mark}`);
    const text = mark === 1 ? reader.varString() : "";
    if (text.includes("\n")) throw reader.error("A line with a line break in it");
    return { stamp, base, at, splices, position, content: mark === 0 ? null : { text, isDeleted: mark === 2 } };
  }
}
