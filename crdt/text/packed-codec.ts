/**
 * A whole history as bytes: the text first, so that a document is read at once; what happened in columns behind it, which
 * stay packed until somebody asks; what was deleted apart, since only the past needs it.
 *
 * packed   := byte(3) byte(flags) ids [base] varUint(inserted) tips text varBytes(columns) [deleted]
 *           | byte(3) byte(CUT) base
 * base     := ids digest^n last varUint(cursor) text, what was left of a history that is cut off: `ids` of its events and
 *             what those were (history-digest.ts), the last of them, and where a caret was after it
 * digest   := varUint(low) varUint(high), both below 2^32
 * ids      := varUint(n) (varUint(agent) varUint(events of this agent))^n
 * tips     := varUint(n) (varUint(agent index) varUint(seq))^n
 * last     := varUint(agent) varUint(seq)
 * text     := varUint(units) deflated, see base/deflate.ts. One stream; coded-text.ts writes it in parts
 * columns  := what happened: see event-columns.ts
 *
 * deleted  := see deleted-text.ts; in format 2, which is still read, varUint(units) deflated, in the order of the document and
 *             against the text
 *
 * Which unit is which is told by a replay of the columns: it gives the order of everything that was ever inserted, what of
 * it is gone, and by which event.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readDeflated, skipDeflated } from "../base/deflate.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { CodedText } from "./coded-text.ts";
import { readStoredDeleted } from "./deleted-text.ts";
import { unpackColumns } from "./event-columns.ts";
import type { AgentDigest } from "./history-digest.ts";
import type { Sealed } from "./sealed-history.ts";
import { type Cut, TextState } from "./text-state.ts";
import { RUN_UNITS_MAX } from "./update-codec.ts";

export type History = "full" | "without-deleted-text" | "cut";

const VERSION = 3;
const VERSION_BEFORE = 2;
const HAS_BASE = 1;
const HAS_DELETED = 2;
const HAS_PAIRS = 4;
const CUT = 8;
/** Units that a history may have lost without saying which. */
const UNKNOWN_UNITS_MAX = 2 ** 26;

export function packState(state: TextState, history: Exclude<History, "cut">): Uint8Array {
  const { log, cut } = state;
  const text = state.text();
  const deleted = history === "full" ? state.deleted() : null;
  const flags = (cut === null ? 0 : HAS_BASE) | (deleted === null ? 0 : HAS_DELETED) | (log.hasPairs ? HAS_PAIRS : 0);
  const writer = new ByteWriter(1024 + text.length).byte(VERSION).byte(flags);
  writeIds(
    writer,
    Array.from({ length: log.agentCount }, (_, index) => [log.agentAt(index), log.nextSeqAt(index)] as const),
  );
  if (cut !== null) writeBase(writer, cut, CodedText.of(cut.text).bytes);
  writer.varUint(log.inserted).varUint(log.frontier.length);
  for (const lv of log.frontier) writer.varUint(log.agentOf(lv)).varUint(log.seqAt(lv));
  writer.raw(textOf(state, text)).varBytes(state.codes.columns.write(log, state.criticalRanges()));
  deleted?.write(writer, log, text);
  return writer.finish();
}

/** A packed history as `packState` writes it without the deleted text. @throws DecodeError */
export function withoutDeleted(packed: Uint8Array): Uint8Array {
  const reader = new ByteReader(packed);
  const { flags } = readHead(reader);
  if ((flags & (CUT | HAS_DELETED)) !== HAS_DELETED) return packed;
  readIds(reader);
  if ((flags & HAS_BASE) !== 0) readBase(reader);
  reader.varUint();
  for (let n = reader.count(2); n > 0; n--) {
    reader.varUint();
    reader.varUint();
  }
  reader.varUint();
  skipDeflated(reader);
  reader.varBytes();
  const out = packed.slice(0, reader.offset);
  out[1] = flags & ~HAS_DELETED;
  return out;
}

/** Of a history that ends in a cut: what is left of it. */
export function packCut(cut: Cut, state: TextState): Uint8Array {
  const writer = new ByteWriter(1024 + cut.text.length).byte(VERSION).byte(CUT);
  writeBase(writer, cut, textOf(state, cut.text));
  return writer.finish();
}

/** What a packed history says without being unpacked. */
export interface PackedHead {
  /** How many events of each agent, cut off or not. */
  readonly vector: ReadonlyMap<ReplicaId, number>;
  /** Units ever inserted, as far as that is known. */
  readonly inserted: number;
  /** What it begins with; null: nothing was cut off. */
  readonly cut: Cut | null;
  /** Whether there is nothing behind the cut. */
  readonly isCut: boolean;
}

/** @throws DecodeError */
export function packedHead(bytes: Uint8Array): PackedHead {
  const reader = new ByteReader(bytes);
  const { flags } = readHead(reader);
  if ((flags & CUT) !== 0) {
    const cut = readBase(reader);
    return { vector: new Map(cut.agents), inserted: cut.text.length, cut, isCut: true };
  }
  const vector = new Map(readIds(reader));
  const cut = (flags & HAS_BASE) === 0 ? null : readBase(reader);
  return { vector, inserted: (cut?.text.length ?? 0) + reader.varUint(), cut, isCut: false };
}

/**
 * @throws DecodeError. With `isTrusted` the columns are believed and unpacked when they are needed; without, everything is
 * replayed at once and must come to what the header says.
 */
export function unpackState(bytes: Uint8Array, { isTrusted }: { readonly isTrusted: boolean }): TextState {
  const reader = new ByteReader(bytes);
  const { version, flags } = readHead(reader);
  if ((flags & CUT) !== 0) {
    const state = new TextState(readBase(reader));
    reader.end();
    return state;
  }
  const agents = readIds(reader);
  const cut = (flags & HAS_BASE) === 0 ? null : readBase(reader);
  const inserted = reader.varUint();
  const tips = Array.from({ length: reader.count(2) }, () => {
    const agent = agents[reader.varUint()]?.[0];
    if (agent === undefined) throw reader.error("An unknown agent");
    return [agent, reader.varUint()] as const;
  });
  const coded = CodedText.read(reader, bytes);
  const { text } = coded;
  const columns = reader.varBytes();
  const hasDeleted = (flags & HAS_DELETED) !== 0;
  if (!hasDeleted && inserted > text.length + UNKNOWN_UNITS_MAX) throw reader.error(`${inserted} units were inserted`);
  const deleted = hasDeleted && version === VERSION ? readStoredDeleted(reader, bytes, text) : null;
  const deletedBefore = hasDeleted && version === VERSION_BEFORE ? deletedInOrder(reader, bytes, text) : null;
  if (deleted !== null && inserted > text.length + deleted.units) throw reader.error(`${inserted} units were inserted`);
  reader.end();
  const sealed: Sealed = {
    agents,
    tips,
    inserted,
    text,
    hasPairs: (flags & HAS_PAIRS) !== 0,
    deleted,
    deletedBefore,
    unpack: (log) => unpackColumns(columns, log, agents.length, inserted),
  };
  const state = new TextState(cut, sealed);
  state.codes.text = coded;
  if (!isTrusted) state.verify();
  return state;
}

function writeIds(writer: ByteWriter, ids: readonly (readonly [ReplicaId, number])[]): void {
  writer.varUint(ids.length);
  for (const [agent, next] of ids) writer.varUint(replicaNumber(agent)).varUint(next);
}

function readIds(reader: ByteReader): (readonly [ReplicaId, number])[] {
  const ids: (readonly [ReplicaId, number])[] = [];
  let sum = 0;
  for (let n = reader.count(2); n > 0; n--) {
    const agent = replicaIdFrom(reader.varUint());
    const next = reader.varUint();
    sum += next;
    if (sum > RUN_UNITS_MAX) throw reader.error(`${sum} events`);
    ids.push([agent, next]);
  }
  if (new Set(ids.map(([agent]) => agent)).size < ids.length) throw reader.error("An agent twice");
  return ids;
}

function writeBase(writer: ByteWriter, { agents, last, cursor, digests }: Cut, text: Uint8Array): void {
  writeIds(writer, agents);
  for (const [agent] of agents) {
    const { low, high } = digests.get(agent)!;
    writer.varUint(low).varUint(high);
  }
  writer.varUint(replicaNumber(last[0])).varUint(last[1]).varUint(cursor).raw(text);
}

function readBase(reader: ByteReader): Cut {
  const agents = readIds(reader);
  const digests = new Map<ReplicaId, AgentDigest>();
  for (const [agent] of agents) digests.set(agent, { low: reader.varUint(), high: reader.varUint() });
  const last = [replicaIdFrom(reader.varUint()), reader.varUint()] as const;
  if (!agents.some(([agent, next]) => agent === last[0] && next === last[1] + 1)) throw reader.error("A cut without its last event");
  const cursor = reader.varUint();
  if (cursor > RUN_UNITS_MAX) throw reader.error(`A caret at ${cursor}`);
  return { agents, last, cursor, text: readText(reader), digests };
}

function readHead(reader: ByteReader): { readonly version: number; readonly flags: number } {
  const version = reader.byte();
  if (version !== VERSION && version !== VERSION_BEFORE)
    throw new DecodeError(`Format ${version}: this program knows ${VERSION_BEFORE} and ${VERSION}`, 0);
  return { version, flags: reader.byte() };
}

/** `text` as it is written; of what was written or read of the state last, no more is coded again than has changed. */
function textOf(state: TextState, text: string): Uint8Array {
  const before = state.codes.text;
  if (before?.text !== text) state.codes.text = CodedText.of(text, before);
  return state.codes.text!.bytes;
}

function readText(reader: ByteReader): string {
  const units = reader.varUint();
  const text = readDeflated(reader);
  if (text.length !== units) throw reader.error(`A text of ${text.length} units where ${units} were announced`);
  return text;
}

/** Of format 2: what was deleted, in the order of the document, when somebody asks. */
function deletedInOrder(reader: ByteReader, bytes: Uint8Array, text: string): () => string {
  const units = reader.varUint();
  const { offset } = reader;
  if (units > skipDeflated(reader)) throw reader.error(`A text of ${units} units`);
  return () => {
    const deleted = readDeflated(new ByteReader(bytes, offset), text);
    if (deleted.length !== units) throw new DecodeError(`A text of ${deleted.length} units where ${units} were announced`, offset);
    return deleted;
  };
}
