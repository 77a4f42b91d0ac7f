/**
 * Yjs' V1 updates as bytes, for a node that passes them on without a Yjs document. Written from the format, without
 * Yjs' code. Reads the plain ones alone: text, and text that is gone, directly in the root `text`. What such an update
 * does is known from its structure; for everything else (formats, embeds, other roots, nested types) Yjs must be asked.
 * The format stands in yjs-format.ts.
 */

import { ByteReader, type ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { ENDLESS, finished, type StepCounter } from "../base/steps.ts";
import { CONTENT_BITS, GAP, GONE, HAS_KEY, HAS_ORIGIN, HAS_RIGHT, ROOT, TEXT } from "./yjs-format.ts";

/** A run of one author's characters that were typed one behind the other. */
export interface PlainStruct {
  readonly clock: number;
  /** UTF-16 units. */
  readonly length: number;
  /** null: gone. */
  readonly text: string | null;
  /** -1: none. */
  readonly originClient: number;
  readonly originClock: number;
  readonly rightClient: number;
  readonly rightClock: number;
}

export interface PlainUpdate {
  /** In the order of the bytes. A client stands once; its structs ascend, possibly with gaps. */
  readonly structs: ReadonlyMap<number, readonly PlainStruct[]>;
  /** Half-open ranges of clocks. */
  readonly deletes: readonly (readonly [client: number, from: number, to: number])[];
  /** Whether it also deletes nothing somewhere, which is left out here, and which documents may choke on. */
  readonly hasEmptyDeletes: boolean;
}

/**
 * null: well-formed as far as it was read, and not plain.
 * @throws DecodeError when it does not parse, or says what no document can hold.
 */
export function readPlainUpdate(update: Uint8Array): PlainUpdate | null {
  return finished(readPlainInSteps(update, ENDLESS));
}

/** The same, a little at a time: a struct or a range of deletions costs 1. */
export function* readPlainInSteps(update: Uint8Array, isStepOver: StepCounter): Generator<void, PlainUpdate | null> {
  const reader = new ByteReader(update);
  const structs = new Map<number, PlainStruct[]>();
  for (let clients = reader.count(3); clients > 0; clients--) {
    let count = reader.count(2);
    const client = reader.varUint();
    let clock = reader.varUint();
    if (structs.has(client)) throw reader.error(`Client ${client} stands twice`);
    const list: PlainStruct[] = [];
    structs.set(client, list);
    for (; count > 0; count--) {
      if (isStepOver()) yield;
      const info = reader.byte();
      if ((info & CONTENT_BITS) === GAP) {
        clock = endOf(reader, clock, reader.varUint());
        continue;
      }
      const struct = readStruct(reader, info, client, clock);
      if (struct === null) return null;
      clock = endOf(reader, clock, struct.length);
      list.push(struct);
    }
  }
  const deletes: [client: number, from: number, to: number][] = [];
  let hasEmptyDeletes = false;
  for (let clients = reader.count(2); clients > 0; clients--) {
    const client = reader.varUint();
    for (let count = reader.count(2); count > 0; count--) {
      if (isStepOver()) yield;
      const from = reader.varUint();
      const to = from + reader.varUint();
      if (!Number.isSafeInteger(to)) throw reader.error(`A deletion from ${from} to ${to}`);
      if (to > from) deletes.push([client, from, to]);
      else hasEmptyDeletes = true;
    }
  }
  reader.end();
  return { structs, deletes, hasEmptyDeletes };
}

/** The struct at the reader, which belongs to `client` at `clock`; null when it is not plain. @throws DecodeError */
export function readStruct(reader: ByteReader, info: number, client: number, clock: number): PlainStruct | null {
  const content = info & CONTENT_BITS;
  if ((content !== TEXT && content !== GONE) || (info & HAS_KEY) !== 0) return null;
  let [originClient, originClock, rightClient, rightClock] = [-1, -1, -1, -1];
  if ((info & HAS_ORIGIN) !== 0) {
    originClient = reader.varUint();
    originClock = reader.varUint();
  }
  if ((info & HAS_RIGHT) !== 0) {
    rightClient = reader.varUint();
    rightClock = reader.varUint();
  }
  if (originClient < 0 && rightClient < 0 && (reader.varUint() !== 1 || reader.varString() !== ROOT)) return null;
  if ((originClient === client && originClock >= clock) || (rightClient === client && rightClock >= clock))
    throw reader.error(`Event ${client}:${clock} builds on itself`);
  if (originClient >= 0 && originClient === rightClient && originClock === rightClock)
    throw reader.error(`Event ${client}:${clock} lies on both sides of another`);
  const text = content === TEXT ? reader.varString() : null;
  return { clock, length: text === null ? reader.varUint() : text.length, text, originClient, originClock, rightClient, rightClock };
}

function endOf(reader: ByteReader, clock: number, length: number): number {
  const end = clock + length;
  if (length < 1 || !Number.isSafeInteger(end)) throw reader.error(`${length} events from ${clock}`);
  return end;
}

export function writeStruct(writer: ByteWriter, { length, text, originClient, originClock, rightClient, rightClock }: PlainStruct): void {
  const info = (text === null ? GONE : TEXT) | (originClient < 0 ? 0 : HAS_ORIGIN) | (rightClient < 0 ? 0 : HAS_RIGHT);
  writer.byte(info);
  if (originClient >= 0) writer.varUint(originClient).varUint(originClock);
  if (rightClient >= 0) writer.varUint(rightClient).varUint(rightClock);
  if (originClient < 0 && rightClient < 0) writer.varUint(1).varString(ROOT);
  if (text === null) writer.varUint(length);
  else writer.varString(text);
}

/** Stands for `length` events that the update does not hold. */
export function writeGap(writer: ByteWriter, length: number): void {
  writer.byte(GAP).varUint(length);
}

/** The part of a struct from `clock` on, as Yjs would cut it: half a surrogate pair becomes U+FFFD when it is written. */
export function structFrom(struct: PlainStruct, client: number, clock: number): PlainStruct {
  const skip = clock - struct.clock;
  if (skip <= 0) return struct;
  const text = struct.text === null ? null : struct.text.slice(skip);
  return { ...struct, clock, length: struct.length - skip, text, originClient: client, originClock: clock - 1 };
}

/** Both as one run, or null: the second was typed directly behind the first, before the same neighbour. */
export function joined(client: number, first: PlainStruct, second: PlainStruct): PlainStruct | null {
  const continues =
    second.originClient === client &&
    second.originClock === second.clock - 1 &&
    second.clock === first.clock + first.length &&
    second.rightClient === first.rightClient &&
    second.rightClock === first.rightClock &&
    (second.text === null) === (first.text === null);
  if (!continues) return null;
  const text = first.text === null || second.text === null ? null : first.text + second.text;
  return { ...first, length: first.length + second.length, text };
}

/** A state vector: how many events of each client a copy has. @throws DecodeError */
export function decodeVersion(version: Uint8Array): Map<number, number> {
  const out = new Map<number, number>();
  if (version.length === 0) return out;
  const reader = new ByteReader(version);
  for (let count = reader.count(2); count > 0; count--) out.set(reader.varUint(), reader.varUint());
  if (reader.remaining > 0) throw new DecodeError(`${reader.remaining} bytes left over`, reader.offset);
  return out;
}
