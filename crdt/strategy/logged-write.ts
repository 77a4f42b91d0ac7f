/**
 * A write to a register, with what it takes to say what was lost when a rule throws it away: the write of the same register
 * that it was made on top of, and the splices that it made there.
 *
 * write   := origin varUint(at) splices
 * origin  := wall replica seq  varUint(0 | 1) [base replica, base seq]
 * splices := varUint(k) (gap remove insert removed)^k
 */

import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { compareIds, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import { type Stamp, stampText } from "../base/stamp.ts";
import type { Loss, LossRule } from "./strategy.ts";

const CLIENT_WRITES_MAX = 4_000;
const CLIENT_ITEMS_MAX = 50_000;
/** Close code for a peer that brings more. */
const TOO_LARGE = 4413;

/** A splice with the text that it removed, so that it can be undone. */
export interface FullSplice extends Splice {
  readonly removed: string;
}

export interface LoggedWrite {
  readonly stamp: Stamp;
  /** Key of the write that the author saw in this register; null at its birth. */
  readonly base: string | null;
  /** Where the register's text began in the author's note, in UTF-16 units. */
  readonly at: number;
  /** In the register's text. */
  readonly splices: readonly FullSplice[];
}

/** A write that a rule threw away. */
export interface LostWrite<W extends LoggedWrite> {
  readonly write: W;
  readonly winner: Stamp;
  readonly rule: LossRule;
}

/** Losses for the ledger: what one author wrote in a row is one. */
export function lossesOf<W extends LoggedWrite>(lost: Iterable<LostWrite<W>>): Loss[] {
  const ordered = [...lost].sort(
    (a, b) => compareIds(a.write.stamp.replica, b.write.stamp.replica) || a.write.stamp.seq - b.write.stamp.seq,
  );
  const runs: LostWrite<W>[][] = [];
  for (const one of ordered) {
    // An author may write to several registers in turn.
    const run = runs.findLast(([first]) => first!.write.stamp.replica === one.write.stamp.replica && first!.rule === one.rule);
    const last = run?.at(-1);
    if (last !== undefined && one.write.base === keyOf(last.write.stamp) && last.winner === one.winner) run!.push(one);
    else runs.push([one]);
  }
  return runs.map(lossOf);
}

function lossOf<W extends LoggedWrite>(run: readonly LostWrite<W>[]): Loss {
  const { write: last, winner, rule } = run.at(-1)!;
  const { at } = run[0]!.write;
  let splices: readonly Splice[] = [];
  let inverse: readonly Splice[] = [];
  for (const { write } of run) {
    splices = composeSplices(splices, write.splices);
    inverse = composeSplices(inverseOf(write.splices), inverse);
  }
  return {
    id: `${stampText(last.stamp)}>${stampText(winner)}`,
    noteId: null,
    field: "text",
    author: last.stamp.replica,
    atMs: last.stamp.wallMs,
    splices: splices.map((splice) => ({ ...splice, index: at + splice.index })),
    removedText: inverse.map(({ insert }) => insert).join(""),
    losingStamp: last.stamp,
    winningStamp: winner,
    rule,
  };
}

function inverseOf(splices: readonly FullSplice[]): Splice[] {
  let shift = 0;
  return splices.map(({ index, remove, insert, removed }) => {
    const inverse = { index: index + shift, remove: insert.length, insert: removed };
    shift += insert.length - remove;
    return inverse;
  });
}

/** Where writes are looked up by their keys. */
interface Writes<W extends LoggedWrite> {
  get(key: string): W | undefined;
}

/** Keys of `heads` and of what they were made on top of, newest first; `except`: what those lead to is left out with them. */
export function lineageOf<W extends LoggedWrite>(heads: Iterable<W>, writes: Writes<W>, except?: ReadonlySet<W>): Set<string> {
  const out = new Set<string>();
  for (const head of heads) {
    for (let write: W | undefined = head; write !== undefined && except?.has(write) !== true;) {
      const key = keyOf(write.stamp);
      if (out.has(key)) break;
      out.add(key);
      write = write.base === null ? undefined : writes.get(write.base);
    }
  }
  return out;
}

/**
 * Whether all of `some` are in the lineage of `heads`, and near its top: mostly somebody has written on, and nothing is lost. Cost:
 * as many steps as there are of them for each head; false also when it would take more.
 */
export function areOnTop<W extends LoggedWrite>(some: readonly W[], heads: Iterable<W>, writes: Writes<W>): boolean {
  const left = new Set(some);
  for (const head of heads) {
    let write: W | undefined = head;
    for (let steps = some.length; steps > 0 && write !== undefined; steps--) {
      left.delete(write);
      write = write.base === null ? undefined : writes.get(write.base);
    }
  }
  return left.size === 0;
}

/** `splices` with what they remove of `text`. */
export function withRemoved(text: string, splices: readonly Splice[]): FullSplice[] {
  return splices.map((splice) => ({ ...splice, removed: text.slice(splice.index, splice.index + splice.remove) }));
}

export function insertedBy({ splices }: LoggedWrite): number {
  let sum = 0;
  for (const { insert } of splices) sum += insert.length;
  return sum;
}

/** A write's name. */
export function keyOf({ replica, seq }: Stamp): string {
  return `${replica}:${seq}`;
}

export function writeKey(writer: ByteWriter, key: string): ByteWriter {
  const [replica = "", seq = ""] = key.split(":");
  return writer.varUint(replicaNumber(replica as ReplicaId)).varUint(Number(seq));
}

/** @throws DecodeError */
export function readKey(reader: ByteReader): string {
  return `${replicaIdFrom(reader.varUint())}:${reader.varUint()}`;
}

/** @throws DecodeError */
export function readLogged(reader: ByteReader): LoggedWrite {
  const origin = readOrigin(reader);
  const at = reader.varUint();
  return { ...origin, at, splices: readSplices(reader, at) };
}

export function writeLogged(writer: ByteWriter, write: LoggedWrite): ByteWriter {
  return writeSplices(writeOrigin(writer, write).varUint(write.at), write.splices);
}

export function writeOrigin(writer: ByteWriter, { stamp, base }: Pick<LoggedWrite, "stamp" | "base">): ByteWriter {
  writer.varUint(stamp.wallMs).varUint(replicaNumber(stamp.replica)).varUint(stamp.seq);
  return base === null ? writer.varUint(0) : writeKey(writer.varUint(1), base);
}

/** @throws DecodeError */
export function readOrigin(reader: ByteReader): Pick<LoggedWrite, "stamp" | "base"> {
  const stamp: Stamp = { wallMs: reader.varUint(), replica: replicaIdFrom(reader.varUint()), seq: reader.varUint() };
  if (stamp.seq === 0) throw reader.error("A write numbered 0");
  const mark = reader.varUint();
  if (mark > 1) throw reader.error(`Invalid mark ${mark}`);
  return { stamp, base: mark === 0 ? null : readKey(reader) };
}

export function writeSplices(writer: ByteWriter, splices: readonly FullSplice[]): ByteWriter {
  writer.varUint(splices.length);
  let from = 0;
  for (const { index, remove, insert, removed } of splices) {
    writer
      .varUint(index - from)
      .varUint(remove)
      .varString(insert)
      .varString(removed);
    from = index + remove;
  }
  return writer;
}

/** Of a register that begins at `at`. @throws DecodeError */
export function readSplices(reader: ByteReader, at: number): FullSplice[] {
  const splices: FullSplice[] = [];
  let from = 0;
  for (let count = reader.count(4); count > 0; count--) {
    const index = from + reader.varUint();
    const remove = reader.varUint();
    const insert = reader.varString();
    const removed = reader.varString();
    if (removed.length !== remove || !Number.isSafeInteger(at + index + remove))
      throw reader.error(`A removal of ${remove} with ${removed.length} characters`);
    splices.push({ index, remove, insert, removed });
    from = index + remove;
  }
  return splices;
}

/**
 * What a client brings in one update, counted without reading what it says. A copy of ours keeps at most 2,000 writes one by one; a node
 * takes some 10 us for each, and 1 us for each splice or key of them.
 */
export class UpdateLoad {
  readonly #reader: ByteReader;
  #writes = 0;
  #items = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** @throws ProtocolError when so many are more than a client may bring. */
  addWrites(count: number): void {
    this.#writes += count;
    if (this.#writes > CLIENT_WRITES_MAX)
      throw new ProtocolError(TOO_LARGE, `${this.#writes} writes at once, at most ${CLIENT_WRITES_MAX}`);
  }

  /** As `addWrites`, of parts of writes. */
  addItems(count: number): void {
    this.#items += count;
    if (this.#items > CLIENT_ITEMS_MAX)
      throw new ProtocolError(TOO_LARGE, `${this.#items} parts of writes at once, at most ${CLIENT_ITEMS_MAX}`);
  }

  passOrigin(): void {
    const reader = this.#reader;
    for (let n = 0; n < 3; n++) reader.varUint();
    if (reader.varUint() === 0) return;
    reader.varUint();
    reader.varUint();
  }

  passSplices(): void {
    const reader = this.#reader;
    const count = reader.count(4);
    this.addItems(count);
    for (let n = 0; n < count; n++) {
      reader.varUint();
      reader.varUint();
      reader.varBytes();
      reader.varBytes();
    }
  }

  /** `numbers`: of each entry. */
  passVector(numbers = 2): void {
    const reader = this.#reader;
    const count = reader.count(numbers);
    this.addItems(count);
    for (let n = 0; n < numbers * count; n++) reader.varUint();
  }

  passKeys(): void {
    const reader = this.#reader;
    const count = reader.count(2);
    this.addItems(count);
    for (let n = 0; n < 2 * count; n++) reader.varUint();
  }
}
