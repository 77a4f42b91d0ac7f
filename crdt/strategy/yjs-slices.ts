/**
 * A Yjs state in slices, each of which builds on those before it alone: a document that is built of them takes many short turns
 * instead of a long one.
 */

import { ByteWriter } from "../base/bytes.ts";
import { needsAt, type SkimmedClient, skimInSteps, type SkimmedState } from "./yjs-skim.ts";

/** Some 3 ms of Yjs' time. */
const STRUCTS_MAX = 600;
/** Bytes of structs: a long text is one. */
const SLICE_BYTES_MAX = 256 * 1024;
const RANGES_MAX = 3_000;

/** How far a client's part has been handed out. */
interface Cursor extends SkimmedClient {
  at: number;
  /** The first struct of the slice that is being gathered. */
  from: number;
}

/** A state that cannot be cut comes whole. Cost: linear in all. */
export function* slicesOf(state: Uint8Array, structsMax = STRUCTS_MAX): Generator<Uint8Array> {
  const skimmed = yield* skimmedOf(state);
  if (skimmed === null) {
    yield state;
    return;
  }
  yield* structSlices(state, new Map(skimmed.clients.map((part) => [part.client, { ...part, at: 0, from: 0 }])), structsMax);
  let parts: [client: number, ranges: readonly number[]][] = [];
  let borders = 0;
  for (const [client, ranges] of skimmed.deletes) {
    for (let from = 0; from < ranges.length; from += 2 * RANGES_MAX) {
      const some = ranges.slice(from, from + 2 * RANGES_MAX);
      parts.push([client, some]);
      borders += some.length;
      if (borders < 2 * RANGES_MAX) continue;
      yield deletesSlice(parts);
      parts = [];
      borders = 0;
    }
  }
  if (parts.length > 0) yield deletesSlice(parts);
}

/** Each step of the skimming is a slice with nothing in it. */
function* skimmedOf(state: Uint8Array): Generator<Uint8Array, SkimmedState | null> {
  const steps = skimInSteps(state);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    yield Uint8Array.of(0, 0);
  }
}

/** Goes on with a client until its next struct waits for another client's, and again when that has come. */
function* structSlices(state: Uint8Array, cursors: ReadonlyMap<number, Cursor>, structsMax: number): Generator<Uint8Array> {
  const waiters = new Map<Cursor, Cursor[]>();
  const ready = [...cursors.values()].reverse();
  const touched = new Set<Cursor>();
  let structs = 0;
  let bytes = 0;
  for (let cursor = ready.pop(); cursor !== undefined; cursor = ready.pop()) {
    const before = cursor.at;
    while (cursor.at < cursor.clocks.length) {
      const blocker = blockerOf(state, cursor, cursors);
      if (blocker !== null) {
        waiters.set(blocker, [...(waiters.get(blocker) ?? []), cursor]);
        break;
      }
      touched.add(cursor);
      bytes -= offsetOf(cursor, cursor.at++);
      bytes += offsetOf(cursor, cursor.at);
      if (++structs < structsMax && bytes < SLICE_BYTES_MAX) continue;
      yield structsSlice(state, touched);
      structs = bytes = 0;
    }
    if (cursor.at === before) continue;
    // Some of them may have to wait on: they are looked at again.
    ready.push(...(waiters.get(cursor) ?? []));
    waiters.delete(cursor);
  }
  if (touched.size > 0) yield structsSlice(state, touched);
  // Nobody honest makes structs that wait for each other. A document will say what is wrong with them.
  const left = [...cursors.values()].filter(({ at, clocks }) => at < clocks.length);
  for (const cursor of left) cursor.at = cursor.clocks.length;
  if (left.length > 0) yield structsSlice(state, new Set(left));
}

function blockerOf(state: Uint8Array, cursor: Cursor, cursors: ReadonlyMap<number, Cursor>): Cursor | null {
  const needs = needsAt(state, cursor.offsets[cursor.at]!);
  for (let k = 0; k < needs.length; k += 2) {
    const other = cursors.get(needs[k]!);
    if (other !== undefined && other !== cursor && needs[k + 1]! >= (other.clocks[other.at] ?? other.next)) return other;
  }
  return null;
}

function offsetOf({ offsets, end }: Cursor, at: number): number {
  return offsets[at] ?? end;
}

function structsSlice(state: Uint8Array, touched: Set<Cursor>): Uint8Array {
  const writer = new ByteWriter(SLICE_BYTES_MAX).varUint(touched.size);
  for (const cursor of touched) {
    const { client, clocks, from, at } = cursor;
    writer
      .varUint(at - from)
      .varUint(client)
      .varUint(clocks[from]!)
      .raw(state.subarray(offsetOf(cursor, from), offsetOf(cursor, at)));
    cursor.from = at;
  }
  touched.clear();
  return writer.varUint(0).finish();
}

function deletesSlice(parts: readonly (readonly [client: number, ranges: readonly number[]])[]): Uint8Array {
  const writer = new ByteWriter(16 * RANGES_MAX).varUint(0).varUint(parts.length);
  for (const [client, ranges] of parts) {
    writer.varUint(client).varUint(ranges.length / 2);
    for (let k = 0; k < ranges.length; k += 2) writer.varUint(ranges[k]!).varUint(ranges[k + 1]! - ranges[k]!);
  }
  return writer.finish();
}
