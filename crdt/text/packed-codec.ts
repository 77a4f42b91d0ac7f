/**
 * A whole history as bytes: the text first, so that a document is read at once; what happened in columns behind it, which
 * stay packed until somebody asks; what was deleted apart, since only the past needs it.
 *
 * packed   := byte(2) byte(flags) ids [base] varUint(inserted) tips text varBytes(columns) [varUint(units) deflated]
 *           | byte(2) byte(CUT) base
 * base     := ids digest^n last varUint(cursor) text, what was left of a history that is cut off: `ids` of its events and
 *             what those were (history-digest.ts), the last of them, and where a caret was after it
 * digest   := varUint(low) varUint(high), both below 2^32
 * ids      := varUint(n) (varUint(agent) varUint(events of this agent))^n
 * tips     := varUint(n) (varUint(agent index) varUint(seq))^n
 * last     := varUint(agent) varUint(seq)
 * text     := varUint(units) deflated, see base/deflate.ts
 * columns  := varUint(pieces) varUint(critical ranges) range-coded numbers: see `codePieces` and `codeRanges`
 *
 * The deleted text comes in the order of the document and is deflated against the text. Which unit is which is told by a
 * replay of the columns: it gives the order of everything that was ever inserted, and what of it is gone.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readDeflated, writeDeflated } from "../base/deflate.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { type BitCoder, codeNumber, Model, NUMBER_SLOTS, RangeDecoder, RangeEncoder } from "../base/range-coder.ts";
import type { CriticalRange } from "./critical-versions.ts";
import { DELETE_BACK, type EventLog, INSERT, type OpKind } from "./event-log.ts";
import type { AgentDigest } from "./history-digest.ts";
import type { Cut, Sealed } from "./text-state.ts";
import { TextState } from "./text-state.ts";
import { RUN_UNITS_MAX } from "./update-codec.ts";

export type History = "full" | "without-deleted-text" | "cut";

const VERSION = 2;
const HAS_BASE = 1;
const HAS_DELETED = 2;
const HAS_PAIRS = 4;
const CUT = 8;
/** Pieces that one byte of columns may stand for. What is more regular is padded. */
const PIECES_PER_BYTE = 64;
const PIECES_ALWAYS = 4096;
/** Units that a history may have lost without saying which. */
const UNKNOWN_UNITS_MAX = 2 ** 26;
/** Critical ranges shorter than this are not written: a tracker then begins at an earlier one. */
const RANGE_EVENTS_MIN = 64;

export function packState(state: TextState, history: Exclude<History, "cut">): Uint8Array {
  const { log, cut } = state;
  const text = state.text();
  const deleted = history === "full" ? state.deletedText() : null;
  const flags = (cut === null ? 0 : HAS_BASE) | (deleted === null ? 0 : HAS_DELETED) | (log.hasPairs ? HAS_PAIRS : 0);
  const writer = new ByteWriter(1024 + text.length).byte(VERSION).byte(flags);
  writeIds(
    writer,
    Array.from({ length: log.agentCount }, (_, index) => [log.agentAt(index), log.nextSeqAt(index)] as const),
  );
  if (cut !== null) writeBase(writer, cut);
  writer.varUint(log.inserted).varUint(log.frontier.length);
  for (const lv of log.frontier) writer.varUint(log.agentOf(lv)).varUint(log.seqAt(lv));
  writer.varUint(text.length);
  writeDeflated(writer, text);
  writer.varBytes(packColumns(state));
  if (deleted !== null) {
    writer.varUint(deleted.length);
    writeDeflated(writer, deleted, text);
  }
  return writer.finish();
}

/** Of a history that ends in a cut: what is left of it. */
export function packCut(cut: Cut): Uint8Array {
  const writer = new ByteWriter(1024 + cut.text.length).byte(VERSION).byte(CUT);
  writeBase(writer, cut);
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
  const flags = readFlags(reader);
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
  const flags = readFlags(reader);
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
  const units = reader.varUint();
  const text = readDeflated(reader);
  if (text.length !== units) throw reader.error(`A text of ${text.length} units where ${units} were announced`);
  const columns = reader.varBytes();
  let readDeleted = (): string | null => null;
  if ((flags & HAS_DELETED) !== 0) {
    const deletedUnits = reader.varUint();
    const { offset } = reader;
    reader.varUint();
    reader.varBytes();
    readDeleted = () => {
      const deleted = readDeflated(new ByteReader(bytes, offset), text);
      if (deleted.length !== deletedUnits)
        throw new DecodeError(`A text of ${deleted.length} units where ${deletedUnits} were announced`, offset);
      return deleted;
    };
  } else if (inserted > text.length + UNKNOWN_UNITS_MAX) throw reader.error(`${inserted} units were inserted`);
  reader.end();
  const sealed: Sealed = {
    agents,
    tips,
    inserted,
    text,
    hasPairs: (flags & HAS_PAIRS) !== 0,
    readDeleted,
    unpack: (log) => unpackColumns(columns, log, agents.length, inserted),
  };
  const state = new TextState(cut, sealed);
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

function writeBase(writer: ByteWriter, { agents, last, cursor, text, digests }: Cut): void {
  writeIds(writer, agents);
  for (const [agent] of agents) {
    const { low, high } = digests.get(agent)!;
    writer.varUint(low).varUint(high);
  }
  writer.varUint(replicaNumber(last[0])).varUint(last[1]).varUint(cursor).varUint(text.length);
  writeDeflated(writer, text);
}

function readBase(reader: ByteReader): Cut {
  const agents = readIds(reader);
  const digests = new Map<ReplicaId, AgentDigest>();
  for (const [agent] of agents) digests.set(agent, { low: reader.varUint(), high: reader.varUint() });
  const last = [replicaIdFrom(reader.varUint()), reader.varUint()] as const;
  if (!agents.some(([agent, next]) => agent === last[0] && next === last[1] + 1)) throw reader.error("A cut without its last event");
  const cursor = reader.varUint();
  if (cursor > RUN_UNITS_MAX) throw reader.error(`A caret at ${cursor}`);
  const units = reader.varUint();
  const text = readDeflated(reader);
  if (text.length !== units) throw reader.error(`A text of ${text.length} units where ${units} were announced`);
  return { agents, last, cursor, text, digests };
}

function readFlags(reader: ByteReader): number {
  const version = reader.byte();
  if (version !== VERSION) throw new DecodeError(`Format ${version}: this program knows ${VERSION}`, 0);
  return reader.byte();
}

function packColumns(state: TextState): Uint8Array {
  const { log } = state;
  const ranges = state.criticalRanges().filter(({ from, to }, n, all) => to - from >= RANGE_EVENTS_MIN || n === all.length - 1);
  const coder = new RangeEncoder();
  const columns = new Columns(coder);
  let pieces = 0;
  for (let lv = log.firstLv; lv < log.count; pieces++) {
    const to = log.runEnd(lv, log.count);
    columns.piece(log, lv, {
      agent: log.agentOf(lv),
      parents: log.parentsOf(lv),
      kind: log.kindAt(lv),
      position: log.positionAt(lv),
      length: to - lv,
    });
    lv = to;
  }
  let before = 0;
  for (const { from, to, lengthAtTo } of ranges) {
    for (const value of [from - before, to - from, lengthAtTo]) columns.number(RANGES, value);
    before = to;
  }
  const coded = coder.finish();
  const padding = Math.max(0, Math.ceil((pieces - PIECES_ALWAYS) / PIECES_PER_BYTE) - coded.length);
  return new ByteWriter(16 + coded.length).varUint(pieces).varUint(ranges.length).raw(coded).raw(new Uint8Array(padding)).finish();
}

/** Adds the events to a log, without what they inserted. @throws DecodeError */
function unpackColumns(bytes: Uint8Array, log: EventLog, agents: number, inserted: number): CriticalRange[] {
  const reader = new ByteReader(bytes);
  const pieces = reader.varUint();
  const ranges = reader.varUint();
  const coded = reader.raw(reader.remaining);
  if (pieces + 3 * ranges > PIECES_ALWAYS + PIECES_PER_BYTE * coded.length) throw reader.error(`${pieces} pieces in ${coded.length} bytes`);
  const coder = new RangeDecoder(coded);
  const columns = new Columns(coder);
  for (let n = 0; n < pieces; n++) {
    const { agent, parents, kind, position, length } = columns.piece(log, log.count, null);
    const isSound =
      agent < agents &&
      length > 0 &&
      position >= 0 &&
      position <= RUN_UNITS_MAX &&
      log.count + length <= RUN_UNITS_MAX &&
      (kind !== DELETE_BACK || position >= length - 1) &&
      (kind !== INSERT || log.inserted + length <= inserted) &&
      parents.every((parent, k) => parent < log.count && parent >= log.firstLv - 1 && (k === 0 || parent > parents[k - 1]!)) &&
      (log.firstLv === 0 || parents.length > 0);
    if (!isSound) throw new DecodeError(`An impossible event ${log.count}`, bytes.length);
    log.append(agent, parents, kind, position, length, "");
  }
  const out: CriticalRange[] = [];
  let before = 0;
  for (let n = 0; n < ranges; n++) {
    const from: number = before + columns.number(RANGES, 0);
    const to = from + columns.number(RANGES, 0);
    out.push({ from, to, lengthAtTo: columns.number(RANGES, 0) });
    before = to;
  }
  coder.end();
  if (log.inserted !== inserted) throw new DecodeError(`${log.inserted} units inserted where ${inserted} were announced`, bytes.length);
  return out;
}

interface Piece {
  readonly agent: number;
  readonly parents: readonly number[];
  readonly kind: OpKind;
  readonly position: number;
  readonly length: number;
}

// Contexts of numbers.
const RANGES = 0;
const AGENT = 1;
const PARENTS = 2;
const DISTANCE = 3;
const LENGTH = 4;
const DELTA = 7;
const NUMBERS = 13;
// Contexts of single bits.
const SAME_AGENT = 0;
const LINEAR = 8;
const OWN_PARENT = 12;
const KIND = 16;
const MOVED = KIND + 27 * 2;
const BACKWARD = MOVED + 9 * 4;
const BITS = BACKWARD + 3;

/** The same code reads and writes: a decoder is asked with `null`, and gives what was written. */
class Columns {
  readonly #coder: BitCoder;
  readonly #bits = new Model(BITS);
  readonly #numbers = new Model(NUMBERS * NUMBER_SLOTS);
  #agent = 0;
  /** Whether the agent was the same, the last three times. */
  #sames = 7;
  /** The last three kinds, and whether the caret had moved, the last two times. */
  #kinds = 0;
  #moves = 0;

  constructor(coder: BitCoder) {
    this.#coder = coder;
  }

  number(context: number, value: number): number {
    return codeNumber(this.#coder, this.#numbers, context * NUMBER_SLOTS, value);
  }

  /** The piece that begins at event `lv`. The log must have all before it. */
  piece(log: EventLog, lv: number, piece: Piece | null): Piece {
    const agent = this.#codeAgent(piece?.agent ?? 0);
    const parents = this.#codeParents(log, lv, agent, piece?.parents ?? []);
    const cursor = piece === null ? (agent < log.agentCount ? log.cursorOf(agent) : 0) : this.#cursorBefore(log, lv, agent);
    const isBack = piece !== null && piece.length === 1 && piece.kind !== INSERT && piece.position === cursor - 1;
    const kind = this.#codeKind(isBack ? DELETE_BACK : (piece?.kind ?? INSERT));
    const length = 1 + this.number(LENGTH + kind, (piece?.length ?? 1) - 1);
    const start = cursor - (kind === DELETE_BACK ? 1 : 0);
    return { agent, parents, kind, position: start + this.#codeDelta(kind, (piece?.position ?? 0) - start), length };
  }

  /** Where the caret of `agent` was left before event `lv`: the log has what comes later too. */
  #cursorBefore(log: EventLog, lv: number, agent: number): number {
    const seq = log.seqAt(lv);
    const before = seq === 0 ? -1 : log.lvAt(agent, seq - 1);
    return before < log.firstLv - 1 || before < 0 ? 0 : log.cursorAfter(before);
  }

  #bit(slot: number, isSet: boolean): boolean {
    return this.#coder.bit(this.#bits, slot, isSet ? 1 : 0) === 1;
  }

  #codeAgent(agent: number): number {
    const isSame = this.#bit(SAME_AGENT + this.#sames, agent === this.#agent);
    this.#sames = ((this.#sames << 1) | (isSame ? 1 : 0)) & 7;
    if (!isSame) this.#agent = this.number(AGENT, agent);
    return this.#agent;
  }

  /** Most build on the event before, or on their author's event before. */
  #codeParents(log: EventLog, lv: number, agent: number, parents: readonly number[]): readonly number[] {
    const isLinear = this.#bit(LINEAR + (this.#sames & 3), parents.length === 1 && parents[0] === lv - 1);
    if (isLinear) return [lv - 1];
    const own = this.#ownBefore(log, lv, agent);
    const count = this.number(PARENTS, parents.length);
    const out: number[] = [];
    for (let n = 0; n < count; n++) {
      const parent = parents[n] ?? 0;
      const isOwn = this.#bit(OWN_PARENT + Math.min(n, 3), parent === own);
      out.push(isOwn ? own : lv - 1 - this.number(DISTANCE, lv - 1 - parent));
      if (n > 65_536) break;
    }
    return out;
  }

  #ownBefore(log: EventLog, lv: number, agent: number): number {
    if (agent >= log.agentCount) return -1;
    if (lv === log.count) return log.lastLvOf(agent);
    const seq = log.seqAt(lv);
    return seq === 0 ? -1 : log.lvAt(agent, seq - 1);
  }

  #codeKind(kind: OpKind): OpKind {
    const slot = KIND + 2 * this.#kinds;
    const isDeletion = this.#bit(slot, kind !== INSERT);
    const coded = !isDeletion ? INSERT : this.#bit(slot + 1, kind === DELETE_BACK) ? DELETE_BACK : 1;
    this.#kinds = (this.#kinds * 3 + coded) % 27;
    return coded;
  }

  #codeDelta(kind: OpKind, delta: number): number {
    const last = Math.floor(this.#kinds / 3) % 3;
    const hasMoved = this.#bit(MOVED + (kind * 3 + last) * 4 + this.#moves, delta !== 0);
    this.#moves = ((this.#moves << 1) | (hasMoved ? 1 : 0)) & 3;
    if (!hasMoved) return 0;
    const isBackward = this.#bit(BACKWARD + kind, delta < 0);
    const size = 1 + this.number(DELTA + kind * 2 + (isBackward ? 1 : 0), Math.abs(delta) - 1);
    return isBackward ? -size : size;
  }
}
