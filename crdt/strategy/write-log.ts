/**
 * Writes to registers, kept so that a strategy can say truthfully what its rule threw away. Each write names the write
 * of the same register that it was made on top of, and the splices that it made there. The writes that lead to what a
 * register holds are its lineage; a write outside of it is lost.
 *
 * Writes beyond `LOG_WRITES_MAX` are folded, in the order in which they came, into totals of their author: so what is
 * folded is what others build on. A write that a register holds stays, folded or not.
 *
 * What an update says of folded writes tells nothing to whoever lacks one of the first `base` of their author: its sender left out
 * what it took for known. Bases are the last thing in an update, and left out where they are all 0.
 *
 * folded := varUint(n) (replica seq typed kept)^n
 * bases  := varUint(base)^n, in the same order
 */

import { assert } from "../base/assert.ts";
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import { ENDLESS, finished, type StepCounter } from "../base/steps.ts";
import { sortedEntries, type VersionVector } from "../causal/version-vector.ts";
import { insertedBy, keyOf, lineageOf, type LoggedWrite } from "./logged-write.ts";

/** Writes held one by one, besides those that registers hold; older ones only count. */
export const LOG_WRITES_MAX = 2_000;

/** Writes that a folding looks at in one go: each update is followed by one. */
const FOLD_LOOKS_MAX = 4_000;
/** A write that is looked at, of what it costs to write one down. */
const LOOK_COST = 1 / 20;

/** What is left of one author's first `seq` writes. */
export interface Folded {
  readonly seq: number;
  /** Characters that they inserted, and how many of them were in a lineage when they were folded. */
  readonly typed: number;
  readonly kept: number;
}

/** The same, being counted. */
interface Total {
  readonly replica: ReplicaId;
  seq: number;
  typed: number;
  kept: number;
}

interface Folding<W> {
  /** Those that are left, and what comes. */
  readonly writes: Iterator<W, undefined>;
  /** Keys of what the writes that registers held were made on top of, when it began. */
  readonly under: ReadonlySet<string>;
  /** Registers that held no write. */
  readonly unwritten: number;
}

export type FoldedWrites = ReadonlyMap<ReplicaId, Folded>;

/** What an update says of folded writes. */
export interface FoldedSince {
  readonly folded: FoldedWrites;
  /** How many of each author's first writes whoever takes this has to know; left out: none. */
  readonly bases: VersionVector;
}

export class WriteLog<W extends LoggedWrite> {
  /** In the order of arrival. */
  readonly #writes = new Map<string, W>();
  readonly #folded = new Map<ReplicaId, Folded>();
  /** The last number of each author before the first gap, folded ones included. */
  readonly #contiguous = new Map<ReplicaId, number>();
  /** The highest number of each author. */
  readonly #highest = new Map<ReplicaId, number>();

  readonly #writesMax: number;
  /** What is left to be looked at of a folding that has begun. */
  #folding: Folding<W> | null = null;

  /** `writesMax`: more than so many are folded. */
  constructor(writesMax = LOG_WRITES_MAX) {
    this.#writesMax = writesMax;
  }

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

  /** Puts what is left of a write in its place. */
  replace(write: W): void {
    this.#writes.set(keyOf(write.stamp), write);
  }

  /** What the holder of `known` lacks, in the order of arrival. Cost: linear in all, but nothing where that is nothing. */
  since(known: VersionVector): W[] {
    return finished(this.sinceInSteps(known, ENDLESS));
  }

  /** The same of now, a little at a time. */
  sinceInSteps(known: VersionVector, isStepOver: StepCounter): Generator<void, W[]> {
    const isCurrent = [...this.#highest].every(([replica, seq]) => seq <= (known.get(replica) ?? 0));
    return lackingIn(isCurrent ? [] : [...this.#writes.values()], known, isStepOver);
  }

  contiguous(replica: ReplicaId): number {
    return this.#contiguous.get(replica) ?? 0;
  }

  vector(): VersionVector {
    return this.#contiguous;
  }

  /**
   * Whether what an update says came before something that it builds on. That is to be asked for: once for `news`, which are in the log
   * all the same, and each time for totals, which are not.
   */
  isEarly(news: Iterable<W>, { folded, bases }: FoldedSince): boolean {
    for (const { stamp } of news) if (stamp.seq > this.contiguous(stamp.replica)) return true;
    for (const [replica, { seq }] of folded) if (seq > this.contiguous(replica) && !this.#isReached(replica, bases)) return true;
    return false;
  }

  /** How many writes are early. */
  pending(): number {
    let count = 0;
    for (const { stamp } of this.#writes.values()) if (stamp.seq > this.contiguous(stamp.replica)) count++;
    return count;
  }

  /** Whether totals that can be taken over cover a write that is not here. */
  hasNews({ folded, bases }: FoldedSince): boolean {
    return [...folded].some(([replica, { seq }]) => seq > this.contiguous(replica) && this.#isReached(replica, bases));
  }

  /** What is folded, for the holder of `known`. */
  foldedSince(known: VersionVector): FoldedSince {
    return { folded: this.#folded, bases: known };
  }

  /** Takes over what another copy has folded, of authors of whom nothing is missing below. */
  takeFolded({ folded, bases }: FoldedSince): void {
    for (const [replica, theirs] of folded) {
      if (theirs.seq <= (this.#folded.get(replica)?.seq ?? 0) || !this.#isReached(replica, bases)) continue;
      this.#folded.set(replica, theirs);
      this.#advance(replica);
    }
  }

  /** Keys of `heads` and of what they were made on top of. */
  lineage(heads: Iterable<W>): Set<string> {
    return lineageOf(heads, this.#writes);
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

  /**
   * Folds the oldest writes when there are too many; of a long note some at each call, until there are few enough. `isHeld`: whether a
   * register holds a write; `heldCount`: as many at least do.
   */
  fold(heldCount: number, isHeld: (write: W) => boolean): void {
    if (this.#folding === null) {
      if (this.#writes.size - heldCount <= this.#writesMax) return;
      const { under, held } = this.#underHeld(isHeld);
      this.#folding = { writes: this.#writes.values(), under, unwritten: heldCount - held };
    }
    const { writes, under, unwritten } = this.#folding;
    /** Of the author that was met last: mostly one has written much in a row, of a long note all that it began with. */
    let total: Total | null = null;
    for (let looked = 0; looked < FOLD_LOOKS_MAX; looked++) {
      const { done, value: write } = writes.next();
      if (done === true || this.#writes.size - (heldCount - unwritten) <= this.#writesMax / 2) {
        this.#folding = null;
        break;
      }
      const { replica, seq } = write.stamp;
      if (total?.replica !== replica) {
        this.#setFolded(total);
        total = this.#totalOf(replica);
      }
      if (seq > total.seq + 1) continue;
      const isHere = isHeld(write);
      if (seq === total.seq + 1) {
        const typed = insertedBy(write);
        total.seq = seq;
        total.typed += typed;
        if (isHere || under.has(keyOf(write.stamp))) total.kept += typed;
      }
      if (!isHere) this.#writes.delete(keyOf(write.stamp));
    }
    this.#setFolded(total);
  }

  /** @throws AssertionError */
  checkInvariants(): void {
    for (const [key, write] of this.#writes) assert(key === keyOf(write.stamp), `Write ${keyOf(write.stamp)} is filed under ${key}`);
    for (const [replica, { seq, typed, kept }] of this.#folded) {
      assert(seq <= this.contiguous(replica), `${replica}: ${seq} writes are folded, of ${this.contiguous(replica)}`);
      assert(kept <= typed, `${replica}: kept ${kept} of ${typed} characters`);
    }
  }

  #isReached(replica: ReplicaId, bases: VersionVector): boolean {
    return this.contiguous(replica) >= (bases.get(replica) ?? 0);
  }

  #totalOf(replica: ReplicaId): Total {
    return { replica, seq: 0, typed: 0, kept: 0, ...this.#folded.get(replica) };
  }

  #setFolded(total: Total | null): void {
    if (total === null || total.seq === 0) return;
    const { replica, ...folded } = total;
    this.#folded.set(replica, folded);
  }

  /** How many writes are held, and the keys of the others that they were made on top of. */
  #underHeld(isHeld: (write: W) => boolean): { readonly under: ReadonlySet<string>; readonly held: number } {
    const under = new Set<string>();
    let held = 0;
    for (const head of this.#writes.values()) {
      if (!isHeld(head)) continue;
      held++;
      for (let { base } = head; base !== null && !under.has(base);) {
        const write = this.#writes.get(base);
        if (write === undefined || isHeld(write)) break;
        under.add(base);
        ({ base } = write);
      }
    }
    return { under, held };
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

/** Those of `writes` that the holder of `known` lacks. */
function* lackingIn<W extends LoggedWrite>(writes: W[], known: VersionVector, isStepOver: StepCounter): Generator<void, W[]> {
  if (known.size === 0) return writes;
  const lacking: W[] = [];
  for (const write of writes) {
    const { replica, seq } = write.stamp;
    if (seq > (known.get(replica) ?? 0)) lacking.push(write);
    if (isStepOver(LOOK_COST)) yield;
  }
  return lacking;
}

export function seqsOf(folded: FoldedWrites): Map<ReplicaId, number> {
  return new Map([...folded].map(([replica, { seq }]) => [replica, seq]));
}

export function writeFolded(writer: ByteWriter, folded: FoldedWrites): ByteWriter {
  writer.varUint(folded.size);
  for (const [replica] of sortedEntries(seqsOf(folded))) {
    const { seq, typed, kept } = folded.get(replica)!;
    writer.varUint(replicaNumber(replica)).varUint(seq).varUint(typed).varUint(kept);
  }
  return writer;
}

/** `folded`: what stands at the beginning of the update. */
export function writeBases(writer: ByteWriter, folded: VersionVector, bases: VersionVector): ByteWriter {
  const all = sortedEntries(folded).map(([replica, seq]) => Math.min(seq, bases.get(replica) ?? 0));
  if (all.some((base) => base > 0)) for (const base of all) writer.varUint(base);
  return writer;
}

/** @throws DecodeError */
export function readBases(reader: ByteReader, authors: Iterable<ReplicaId>): Map<ReplicaId, number> {
  const bases = new Map<ReplicaId, number>();
  if (reader.remaining > 0) for (const replica of authors) bases.set(replica, reader.varUint());
  return bases;
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
