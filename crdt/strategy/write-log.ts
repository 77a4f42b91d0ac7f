/**
 * Writes to registers, kept so that a strategy can say truthfully what its rule threw away. Each write names the write
 * of the same register that it was made on top of, and the splices that it made there. The writes that lead to what a
 * register holds are its lineage; a write outside of it is lost.
 *
 * Writes beyond `LOG_WRITES_MAX` are folded, in the order in which they came, into totals of their author: so what is
 * folded is what others build on. A write that a register holds stays, folded or not.
 *
 * folded := varUint(n) (replica seq typed kept)^n
 * write  := wall replica seq  varUint(0 | 1) [base replica, base seq]  varUint(at)  varUint(k) (gap remove insert removed)^k
 */

import { assert } from "../base/assert.ts";
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { compareIds, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import { compareStamps, type Stamp, stampText } from "../base/stamp.ts";
import { sortedEntries, type VersionVector } from "../causal/version-vector.ts";
import type { Loss, LossRule } from "./strategy.ts";

/** Writes held one by one, besides those that registers hold; older ones only count. */
const LOG_WRITES_MAX = 2_000;

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

/** What is left of one author's first `seq` writes. */
export interface Folded {
  readonly seq: number;
  /** Characters that they inserted, and how many of them were in a lineage when they were folded. */
  readonly typed: number;
  readonly kept: number;
}

export type FoldedWrites = ReadonlyMap<ReplicaId, Folded>;

export class WriteLog<W extends LoggedWrite> {
  /** In the order of arrival. */
  readonly #writes = new Map<string, W>();
  readonly #folded = new Map<ReplicaId, Folded>();
  /** The last number of each author before the first gap, folded ones included. */
  readonly #contiguous = new Map<ReplicaId, number>();
  /** The highest number of each author. */
  readonly #highest = new Map<ReplicaId, number>();

  get size(): number {
    return this.#writes.size;
  }

  get folded(): FoldedWrites {
    return this.#folded;
  }

  [Symbol.iterator](): Iterator<W> {
    return this.#writes.values();
  }

  get(key: string): W | undefined {
    return this.#writes.get(key);
  }

  knows({ replica, seq }: Stamp): boolean {
    return seq <= (this.#folded.get(replica)?.seq ?? 0) || this.#writes.has(`${replica}:${seq}`);
  }

  /** The highest stamp of those that are held; null: there is none. Cost: linear. */
  latestStamp(): Stamp | null {
    let latest: Stamp | null = null;
    for (const { stamp } of this.#writes.values()) if (latest === null || compareStamps(stamp, latest) > 0) latest = stamp;
    return latest;
  }

  /** The number of the next write of `replica`; they count from 1. */
  nextSeq(replica: ReplicaId): number {
    return Math.max(this.#highest.get(replica) ?? 0, this.contiguous(replica)) + 1;
  }

  add(write: W): void {
    const { replica, seq } = write.stamp;
    this.#writes.set(keyOf(write.stamp), write);
    this.#highest.set(replica, Math.max(seq, this.#highest.get(replica) ?? 0));
    this.#advance(replica);
  }

  contiguous(replica: ReplicaId): number {
    return this.#contiguous.get(replica) ?? 0;
  }

  vector(): VersionVector {
    return this.#contiguous;
  }

  /** Whether any of `writes` came before one that its author made earlier: the holder should ask for that. */
  isEarly(writes: readonly W[]): boolean {
    return writes.some(({ stamp }) => stamp.seq > this.contiguous(stamp.replica));
  }

  /** How many writes are early. */
  pending(): number {
    let count = 0;
    for (const { stamp } of this.#writes.values()) if (stamp.seq > this.contiguous(stamp.replica)) count++;
    return count;
  }

  /** Whether `folded` covers a write that is not here. */
  hasNews(folded: FoldedWrites): boolean {
    return [...folded].some(([replica, { seq }]) => seq > this.contiguous(replica));
  }

  /** Takes over what another copy has folded. */
  takeFolded(folded: FoldedWrites): void {
    for (const [replica, theirs] of folded) {
      if (theirs.seq <= (this.#folded.get(replica)?.seq ?? 0)) continue;
      this.#folded.set(replica, theirs);
      this.#advance(replica);
    }
  }

  /** Keys of `heads` and of what they were made on top of. */
  lineage(heads: Iterable<W>): Set<string> {
    const out = new Set<string>();
    for (const head of heads) {
      for (let write: W | undefined = head; write !== undefined;) {
        const key = keyOf(write.stamp);
        if (out.has(key)) break;
        out.add(key);
        write = write.base === null ? undefined : this.#writes.get(write.base);
      }
    }
    return out;
  }

  /** Characters that all known writes inserted, and how many of them are in `lineage`. */
  counts(lineage: ReadonlySet<string>): { readonly typed: number; readonly kept: number } {
    let [typed, kept] = [0, 0];
    for (const folded of this.#folded.values()) {
      typed += folded.typed;
      kept += folded.kept;
    }
    for (const [key, write] of this.#writes) {
      if (this.#isFolded(write)) continue;
      typed += insertedBy(write);
      if (lineage.has(key)) kept += insertedBy(write);
    }
    return { typed, kept };
  }

  /** Folds the oldest writes when there are too many. `heads`: what registers hold. */
  fold(headCount: number, heads: () => Iterable<W>): void {
    if (this.#writes.size - headCount <= LOG_WRITES_MAX) return;
    const held = new Set(heads());
    const lineage = this.lineage(held);
    for (const [key, write] of this.#writes) {
      if (this.#writes.size - held.size <= LOG_WRITES_MAX / 2) break;
      const { replica, seq } = write.stamp;
      const before = this.#folded.get(replica) ?? { seq: 0, typed: 0, kept: 0 };
      if (seq > before.seq + 1) continue;
      if (seq === before.seq + 1) {
        const typed = insertedBy(write);
        this.#folded.set(replica, { seq, typed: before.typed + typed, kept: before.kept + (lineage.has(key) ? typed : 0) });
      }
      if (!held.has(write)) this.#writes.delete(key);
    }
  }

  /** @throws AssertionError */
  checkInvariants(): void {
    for (const [key, write] of this.#writes) assert(key === keyOf(write.stamp), `Write ${keyOf(write.stamp)} is filed under ${key}`);
    for (const [replica, { seq, typed, kept }] of this.#folded) {
      assert(seq <= this.contiguous(replica), `${replica}: ${seq} writes are folded, of ${this.contiguous(replica)}`);
      assert(kept <= typed, `${replica}: kept ${kept} of ${typed} characters`);
    }
  }

  #isFolded({ stamp }: W): boolean {
    return stamp.seq <= (this.#folded.get(stamp.replica)?.seq ?? 0);
  }

  #advance(replica: ReplicaId): void {
    let seq = Math.max(this.contiguous(replica), this.#folded.get(replica)?.seq ?? 0);
    while (this.#writes.has(`${replica}:${seq + 1}`)) seq++;
    if (seq > 0) this.#contiguous.set(replica, seq);
  }
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

/** `splices` with what they remove of `text`. */
export function withRemoved(text: string, splices: readonly Splice[]): FullSplice[] {
  return splices.map((splice) => ({ ...splice, removed: text.slice(splice.index, splice.index + splice.remove) }));
}

export function insertedBy({ splices }: LoggedWrite): number {
  return splices.reduce((sum, { insert }) => sum + insert.length, 0);
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

export function writeFolded(writer: ByteWriter, folded: FoldedWrites): ByteWriter {
  writer.varUint(folded.size);
  const seqs = new Map([...folded].map(([replica, { seq }]) => [replica, seq]));
  for (const [replica] of sortedEntries(seqs)) {
    const { seq, typed, kept } = folded.get(replica)!;
    writer.varUint(replicaNumber(replica)).varUint(seq).varUint(typed).varUint(kept);
  }
  return writer;
}

/** @throws DecodeError */
export function readFolded(reader: ByteReader): Map<ReplicaId, Folded> {
  const out = new Map<ReplicaId, Folded>();
  for (let count = reader.count(4); count > 0; count--) {
    const replica = replicaIdFrom(reader.varUint());
    const folded = { seq: reader.varUint(), typed: reader.varUint(), kept: reader.varUint() };
    if (folded.kept > folded.typed) throw reader.error(`Kept ${folded.kept} of ${folded.typed} characters`);
    out.set(replica, folded);
  }
  return out;
}

export function writeLogged(writer: ByteWriter, { stamp, base, at, splices }: LoggedWrite): ByteWriter {
  writer.varUint(stamp.wallMs).varUint(replicaNumber(stamp.replica)).varUint(stamp.seq);
  if (base === null) writer.varUint(0);
  else writeKey(writer.varUint(1), base);
  writer.varUint(at).varUint(splices.length);
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

/** @throws DecodeError */
export function readLogged(reader: ByteReader): LoggedWrite {
  const stamp: Stamp = { wallMs: reader.varUint(), replica: replicaIdFrom(reader.varUint()), seq: reader.varUint() };
  if (stamp.seq === 0) throw reader.error("A write numbered 0");
  const mark = reader.varUint();
  if (mark > 1) throw reader.error(`Invalid mark ${mark}`);
  const base = mark === 0 ? null : readKey(reader);
  const at = reader.varUint();
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
  return { stamp, base, at, splices };
}
