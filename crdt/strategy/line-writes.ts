/**
 * Writes to lines, and their bytes (lww-line-strategy.ts).
 *
 * update := folded  varUint(n) write^n  [bases]  (see write-log.ts, logged-write.ts)
 * write  := logged position varUint(0: overwritten since | 1: varString(text) | 2: deleted)
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { CountedItems } from "../base/counted-items.ts";
import { ENDLESS, finished, type StepCounter } from "../base/steps.ts";
import { type LinePosition, readPosition, writePosition } from "../types/line-position.ts";
import { type LoggedWrite, readLogged, writeLogged } from "./logged-write.ts";
import type { VersionVector } from "../causal/version-vector.ts";
import { type FoldedSince, readBases, readFolded, seqsOf, writeBases, writeFolded } from "./write-log.ts";

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

export interface LineUpdate extends FoldedSince {
  readonly writes: readonly LineWrite[];
}

export function encodeUpdate({ writes, ...folded }: LineUpdate): Uint8Array {
  return finished(encodeInSteps(folded, writes, ENDLESS));
}

/** The same a little at a time. */
export function* encodeInSteps(
  { folded, bases }: FoldedSince,
  writes: readonly LineWrite[],
  isStepOver: StepCounter,
): Generator<void, Uint8Array> {
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
  parts.push(writeBases(writer, seqsOf(folded), bases).written());
  const whole = new ByteWriter(parts.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) {
    whole.raw(part);
    if (isStepOver(PART_COST)) yield;
  }
  return whole.finish();
}

/** @throws DecodeError when `bytes` is not exactly one update. */
export function decodeUpdate(bytes: Uint8Array): LineUpdate {
  const { folded, writes } = openUpdate(bytes);
  const all = writes.take(writes.left);
  return { ...folded(), writes: all };
}

/** The same, with writes that are yet to be read; what was folded is known once nothing of them is left. @throws DecodeError */
export function openUpdate(bytes: Uint8Array): { readonly folded: () => FoldedSince; readonly writes: CountedItems<LineWrite> } {
  const reader = new ByteReader(bytes);
  const folded = readFolded(reader);
  const told: { bases?: VersionVector } = {};
  const writes = new CountedItems(
    reader,
    10,
    () => readWrite(reader),
    () => (told.bases = readBases(reader, folded.keys())),
  );
  const foldedSince = (): FoldedSince => {
    const { bases } = told;
    assert(bases !== undefined, "What was folded is told behind all writes");
    return { folded, bases };
  };
  return { folded: foldedSince, writes };
}

function readWrite(reader: ByteReader): LineWrite {
  const { stamp, base, at, splices } = readLogged(reader);
  const position = readPosition(reader);
  const mark = reader.varUint();
  if (mark > 2) throw reader.error(`Invalid mark ${mark}`);
  const text = mark === 1 ? reader.varString() : "";
  if (text.includes("\n")) throw reader.error("A line with a line break in it");
  return { stamp, base, at, splices, position, content: mark === 0 ? null : { text, isDeleted: mark === 2 } };
}
