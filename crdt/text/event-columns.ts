/**
 * What happened, as range-coded numbers: one piece for each run of one author, one kind and one line of descent.
 *
 * columns := varUint(pieces) varUint(critical ranges) coded, of each piece: its agent, parents, kind, length and way from
 *            where its author's caret was; of each range: events since the one before, length, units in the text there
 *
 * Every number is predicted from those before, so a writer goes on where it left off, or where a reader did: what has been
 * coded once is not coded again.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { type BitCoder, codeNumber, Model, NUMBER_SLOTS, RangeDecoder, RangeEncoder } from "../base/range-coder.ts";
import type { CriticalRange } from "./critical-versions.ts";
import { DELETE_BACK, type EventLog, INSERT, type OpKind } from "./event-log.ts";
import { RUN_UNITS_MAX } from "./update-codec.ts";

/** Pieces that one byte of columns may stand for. What is more regular is padded. */
const PIECES_PER_BYTE = 64;
const PIECES_ALWAYS = 4096;
/** Critical ranges shorter than this are not written: a tracker then begins at an earlier one. */
const RANGE_EVENTS_MIN = 64;

/** Codes the events of one log, and keeps the code of those that cannot change any more: all but the last piece. */
export class ColumnWriter {
  readonly #coder: RangeEncoder;
  readonly #columns: Columns;
  /** The first event that is not coded, and how many pieces are. */
  #next: number;
  #pieces: number;

  constructor(coder: RangeEncoder, columns: Columns, next: number, pieces: number) {
    this.#coder = coder;
    this.#columns = columns;
    this.#next = next;
    this.#pieces = pieces;
  }

  static ofNothing(log: EventLog): ColumnWriter {
    const coder = new RangeEncoder();
    return new ColumnWriter(coder, new Columns(coder), log.firstLv, 0);
  }

  /** Codes what is not coded yet, and cannot change any more. Cost: what came since the last call. */
  advance(log: EventLog): void {
    for (let to = log.runEnd(this.#next, log.count); to < log.count; to = log.runEnd(this.#next, log.count)) {
      this.#columns.write(log, this.#next, to);
      this.#next = to;
      this.#pieces++;
    }
  }

  /** All events, and where trackers may begin. Cost: what came since the last call, or that of `advance`, and a copy. */
  write(log: EventLog, critical: readonly CriticalRange[]): Uint8Array {
    this.advance(log);
    let pieces = this.#pieces;
    const coder = this.#coder.clone();
    const columns = this.#columns.clone(coder);
    if (this.#next < log.count) {
      columns.write(log, this.#next, log.count);
      pieces++;
    }
    const ranges = critical.filter(({ from, to }, n, all) => to - from >= RANGE_EVENTS_MIN || n === all.length - 1);
    let before = 0;
    for (const { from, to, lengthAtTo } of ranges) {
      for (const value of [from - before, to - from, lengthAtTo]) columns.number(RANGES, value);
      before = to;
    }
    const coded = coder.finish();
    const padding = Math.max(0, Math.ceil((pieces - PIECES_ALWAYS) / PIECES_PER_BYTE) - coded.length);
    return new ByteWriter(16 + coded.length).varUint(pieces).varUint(ranges.length).raw(coded).raw(new Uint8Array(padding)).finish();
  }
}

/** What `unpackColumns` found, and a writer that goes on behind it. */
export interface Unpacked {
  readonly critical: readonly CriticalRange[];
  readonly columns: ColumnWriter;
}

/** Adds the events to a log, without what they inserted. @throws DecodeError */
export function unpackColumns(bytes: Uint8Array, log: EventLog, agents: number, inserted: number): Unpacked {
  const reader = new ByteReader(bytes);
  const pieces = reader.varUint();
  const ranges = reader.varUint();
  const coded = reader.raw(reader.remaining);
  if (pieces + 3 * ranges > PIECES_ALWAYS + PIECES_PER_BYTE * coded.length) throw reader.error(`${pieces} pieces in ${coded.length} bytes`);
  const coder = new RangeDecoder(coded);
  const columns = new Columns(coder);
  let writer = ColumnWriter.ofNothing(log);
  for (let n = 0; n < pieces; n++) {
    // The last one may go on.
    if (n === pieces - 1) {
      const encoder = coder.encoder();
      writer = new ColumnWriter(encoder, columns.clone(encoder), log.count, n);
    }
    const { agent, parents, kind, position, length } = columns.piece(log, log.count, null);
    const isSound =
      agent < agents &&
      length > 0 &&
      position >= 0 &&
      position <= RUN_UNITS_MAX &&
      log.count + length <= RUN_UNITS_MAX &&
      (kind !== DELETE_BACK || position >= length - 1) &&
      (kind !== INSERT || log.inserted + length <= inserted) &&
      areParents(parents, log) &&
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
  return { critical: out, columns: writer };
}

/** Events that are here, ascending. */
function areParents(parents: readonly number[], log: EventLog): boolean {
  let before = log.firstLv - 2;
  for (const parent of parents) {
    if (parent <= before || parent >= log.count) return false;
    before = parent;
  }
  return true;
}

interface Piece {
  readonly agent: number;
  /** The array may be used again. */
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
  /** The one parent of most pieces: no array for each. */
  readonly #before = [-1];

  constructor(coder: BitCoder) {
    this.#coder = coder;
  }

  /** Goes on alike with another coder, which must be where this one's is. */
  clone(coder: BitCoder): Columns {
    const out = new Columns(coder);
    out.#bits.estimates.set(this.#bits.estimates);
    out.#numbers.estimates.set(this.#numbers.estimates);
    out.#agent = this.#agent;
    out.#sames = this.#sames;
    out.#kinds = this.#kinds;
    out.#moves = this.#moves;
    return out;
  }

  number(context: number, value: number): number {
    return codeNumber(this.#coder, this.#numbers, context * NUMBER_SLOTS, value);
  }

  /** Codes the events in [lv, to), one piece. */
  write(log: EventLog, lv: number, to: number): void {
    this.piece(log, lv, {
      agent: log.agentOf(lv),
      parents: log.parentsOf(lv),
      kind: log.kindAt(lv),
      position: log.positionAt(lv),
      length: to - lv,
    });
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
    if (isLinear) {
      this.#before[0] = lv - 1;
      return this.#before;
    }
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
