/**
 * The whole note as one last-writer-wins register (Shapiro et al., INRIA RR-7506, 2011): the highest
 * stamp (wall time, replica, seq) wins, and everything else that was written is gone.
 *
 * To say truthfully what was thrown away, each write names the write that it was made on top of and the
 * splices that it made there. The writes that lead to the winner are its lineage; a write outside
 * of it is lost. Only the winner's text is kept. Writes beyond `LOG_WRITES_MAX` are folded into totals.
 *
 * update   := varUint(folded) (replica seq)* typed kept  varUint(n) write^n  varUint(0 | 1 + index of the head) [text]
 *             [bases, as in write-log.ts]
 * write    := origin splices, as in logged-write.ts
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { DecodeError } from "../base/errors.ts";
import { Hasher, hashText } from "../base/hash.ts";
import type { ReplicaId } from "../base/ids.ts";
import { applySplices, diffText, snapSplices, type Splice } from "../base/splice.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import {
  areOnTop,
  insertedBy,
  keyOf,
  lineageOf,
  type LoggedWrite,
  type LostWrite,
  lossesOf,
  readOrigin,
  readSplices,
  withRemoved,
  writeOrigin,
  writeSplices,
  UpdateLoad,
} from "./logged-write.ts";
import { registerAnchor, resolveInRegister } from "./register-anchor.ts";
import {
  type Anchor,
  type ContentHash,
  type Edited,
  type InspectedWrite,
  type Inspection,
  type Loss,
  NOTHING,
  type OpenOptions,
  type Received,
  type Replica,
  type Standing,
  type Stats,
  type Strategy,
} from "./strategy.ts";
import { appendVector, compareVectors, readVector, sortedEntries, takeVector, writeVector } from "../causal/version-vector.ts";
import { LOG_WRITES_MAX, readBases, writeBases } from "./write-log.ts";

/** Its register is the whole note, which begins at 0. */
type Write = LoggedWrite;

interface Update {
  /** Highest folded seq of each replica. */
  readonly folded: ReadonlyMap<ReplicaId, number>;
  /** What of each replica whoever takes this has to know. */
  readonly bases: ReadonlyMap<ReplicaId, number>;
  readonly typed: number;
  readonly kept: number;
  readonly writes: readonly Write[];
  /** Index into `writes`, and its text. */
  readonly head: { readonly index: number; readonly text: string } | null;
}

class LwwNoteReplica implements Replica {
  readonly #self: ReplicaId;
  readonly #clock: Clock;
  readonly #logWritesMax: number;
  /** In the order of arrival. */
  readonly #log = new Map<string, Write>();
  readonly #folded = new Map<ReplicaId, number>();
  /** See `#contiguousOf` and `#highestOf`, as far as they were counted. */
  readonly #contiguous = new Map<ReplicaId, number>();
  readonly #highest = new Map<ReplicaId, number>();
  #foldedTyped = 0;
  #foldedKept = 0;
  #head: Write | null = null;
  #text = "";

  constructor({ replica, clock, state }: OpenOptions, logWritesMax = LOG_WRITES_MAX) {
    this.#logWritesMax = logWritesMax;
    this.#self = replica;
    this.#clock = clock;
    if (state !== undefined && state.length > 0) this.receive(state);
  }

  get length(): number {
    return this.#text.length;
  }

  text(): string {
    return this.#text;
  }

  edit(splices: readonly Splice[]): Edited {
    const edited = applySplices(this.#text, splices);
    const snapped = snapSplices(this.#text, splices);
    const text = applySplices(this.#text, snapped);
    if (text === this.#text) return { isAccepted: true, update: EMPTY_BYTES, correction: diffText(edited, text) };
    const stamp: Stamp = { wallMs: Math.max(0, Math.floor(this.#clock.now())), replica: this.#self, seq: this.#highestOf(this.#self) + 1 };
    const write: Write = {
      stamp,
      base: this.#head === null ? null : keyOf(this.#head.stamp),
      at: 0,
      splices: withRemoved(this.#text, snapped),
    };
    this.#file(write);
    const wins = this.#head === null || compareStamps(stamp, this.#head.stamp) > 0;
    if (wins) {
      this.#head = write;
      this.#text = text;
    }
    this.#fold(false);
    const update = encodeUpdate({
      folded: new Map(),
      bases: new Map(),
      typed: 0,
      kept: 0,
      writes: [write],
      head: wins ? { index: 0, text } : null,
    });
    return { isAccepted: true, update, correction: diffText(edited, this.#text) };
  }

  receive(update: Uint8Array): Received {
    if (update.length === 0) return { splices: [], ...NOTHING };
    const { folded, bases, typed, kept, writes, head } = decodeUpdate(update);
    const news = writes.filter(({ stamp }) => !this.#knows(stamp));
    let [hasMoreFolded, isBehind] = [false, false];
    for (const [replica, seq] of folded) {
      if (seq <= (this.#folded.get(replica) ?? 0)) continue;
      if ((bases.get(replica) ?? 0) > this.#contiguousOf(replica)) {
        isBehind = true;
        continue;
      }
      hasMoreFolded ||= seq > this.#contiguousOf(replica);
      this.#folded.set(replica, seq);
    }
    if (news.length === 0 && !hasMoreFolded) return { splices: [], ...NOTHING, isWaiting: isBehind };
    if (!isBehind) {
      this.#foldedTyped = Math.max(this.#foldedTyped, typed);
      this.#foldedKept = Math.max(this.#foldedKept, kept);
    }

    const before = this.#text;
    const oldHead = this.#head;
    for (const write of news) this.#file(write);
    const candidate = head === null ? undefined : writes[head.index];
    if (head !== null && candidate !== undefined && (this.#head === null || compareStamps(candidate.stamp, this.#head.stamp) > 0)) {
      this.#head = candidate;
      this.#text = head.text;
    }
    const losses = this.#losses(news, oldHead);
    this.#fold(folded.size > 0);
    return { splices: diffText(before, this.#text), forward: update, reply: null, isWaiting: isBehind || this.#isEarly(news), losses };
  }

  version(): Uint8Array {
    return writeVector(this.#vector());
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const writes = [...this.#log.values()].filter(({ stamp }) => stamp.seq > (known.get(stamp.replica) ?? 0));
    const folded = new Map([...this.#folded].filter(([replica, seq]) => seq > (known.get(replica) ?? 0)));
    const index = this.#head === null ? -1 : writes.indexOf(this.#head);
    const head = index < 0 ? null : { index, text: this.#text };
    return encodeUpdate({ folded, bases: known, typed: this.#foldedTyped, kept: this.#foldedKept, writes, head });
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(this.#text);
    const hasher = new Hasher().text(content).text(this.#head === null ? "" : keyOf(this.#head.stamp));
    for (const [replica, seq] of sortedEntries(this.#vector())) hasher.text(replica).int(seq);
    return { content, structure: hasher.digest() };
  }

  stats(): Stats {
    const lineage = this.#lineage();
    let typed = this.#foldedTyped;
    let kept = this.#foldedKept;
    for (const [key, write] of this.#log) {
      const count = insertedBy(write);
      typed += count;
      if (lineage.has(key)) kept += count;
    }
    return { events: this.#log.size, tombstones: 0, pending: this.#pending(), typed, kept };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    return registerAnchor(index, side, this.length);
  }

  resolve(anchor: Anchor): number {
    return resolveInRegister(anchor, this.length);
  }

  inspect(): Inspection {
    if (this.#head === null) return { items: [] };
    const { stamp } = this.#head;
    const item = { id: `${stamp.replica}:${stamp.seq}`, author: stamp.replica, length: this.#text.length, text: this.#text };
    const lineage = this.#lineage();
    const writes = Array.from(this.#log, ([key, write]): InspectedWrite => {
      const state = write === this.#head ? "shown" : lineage.has(key) ? "under" : "lost";
      return { id: key, stamp: write.stamp, register: "note", base: write.base, splices: write.splices, state };
    });
    return { items: [{ ...item, isDeleted: false, originLeft: null, originRight: null }], writes };
  }

  /** No write that is here has a higher stamp than the head. */
  latestStamp(): Stamp | null {
    return this.#head?.stamp ?? null;
  }

  standing(): Standing {
    return { nextSeq: this.#highestOf(this.#self) + 1, head: 0 };
  }

  checkInvariants(): void {
    for (const [key, write] of this.#log) {
      assert(key === keyOf(write.stamp), `Write ${keyOf(write.stamp)} is filed under ${key}`);
      assert(write.stamp.seq > (this.#folded.get(write.stamp.replica) ?? 0) || write === this.#head, `Write ${key} is folded and held`);
    }
    assert(this.#head !== null || this.#text === "", "A text without a write");
    assert(this.#head === null || this.#log.get(keyOf(this.#head.stamp)) === this.#head, "The head is not in the log");
  }

  /** Whether any of `news` came before one that its author made earlier. It is in the log all the same: that is asked for once. */
  #isEarly(news: readonly Write[]): boolean {
    return news.some(({ stamp }) => stamp.seq > this.#contiguousOf(stamp.replica));
  }

  #knows({ replica, seq }: Stamp): boolean {
    return seq <= (this.#folded.get(replica) ?? 0) || this.#log.has(`${replica}:${seq}`);
  }

  #file(write: Write): void {
    const { replica, seq } = write.stamp;
    this.#log.set(keyOf(write.stamp), write);
    this.#highest.set(replica, Math.max(seq, this.#highest.get(replica) ?? 0));
  }

  #highestOf(replica: ReplicaId): number {
    return Math.max(this.#highest.get(replica) ?? 0, this.#folded.get(replica) ?? 0);
  }

  /** The last seq of `replica` before the first gap. */
  #contiguousOf(replica: ReplicaId): number {
    let seq = Math.max(this.#contiguous.get(replica) ?? 0, this.#folded.get(replica) ?? 0);
    while (this.#log.has(`${replica}:${seq + 1}`)) seq++;
    if (seq > 0) this.#contiguous.set(replica, seq);
    return seq;
  }

  #vector(): Map<ReplicaId, number> {
    const out = new Map(this.#folded);
    for (const { stamp } of this.#log.values()) if (!out.has(stamp.replica)) out.set(stamp.replica, 0);
    for (const replica of out.keys()) out.set(replica, this.#contiguousOf(replica));
    for (const [replica, seq] of out) if (seq === 0) out.delete(replica);
    return out;
  }

  /** Writes that came before one that their author made earlier. */
  #pending(): number {
    const vector = this.#vector();
    let count = 0;
    for (const { stamp } of this.#log.values()) if (stamp.seq > (vector.get(stamp.replica) ?? 0)) count++;
    return count;
  }

  /** Keys of the head and of what it was made on top of, newest first. */
  #lineage(): Set<string> {
    return lineageOf(this.#heads(), this.#log);
  }

  #heads(): Write[] {
    return this.#head === null ? [] : [this.#head];
  }

  /** What the newest change of the head, or its resistance, threw away. */
  #losses(news: readonly Write[], oldHead: Write | null): Loss[] {
    const winner = this.#head;
    const oldHeads = oldHead === null ? [] : [oldHead];
    if (winner === null || areOnTop([...oldHeads, ...news], [winner], this.#log)) return [];
    const lineage = this.#lineage();
    const oldLineage = lineageOf(oldHeads, this.#log, new Set(news));
    const lost = new Map<string, LostWrite<Write>>();
    for (const key of oldLineage) {
      if (lineage.has(key)) break;
      const write = this.#log.get(key);
      if (write !== undefined) lost.set(key, { write, winner: winner.stamp, rule: "lww-overwritten-unseen" });
    }
    for (const write of news)
      if (!lineage.has(keyOf(write.stamp))) lost.set(keyOf(write.stamp), { write, winner: winner.stamp, rule: "lww-older-stamp" });
    return lossesOf(lost.values());
  }

  /** `isTold`: another copy has said what it folded. */
  #fold(isTold: boolean): void {
    if (isTold) {
      for (const [key, write] of this.#log)
        if (write !== this.#head && write.stamp.seq <= (this.#folded.get(write.stamp.replica) ?? 0)) this.#log.delete(key);
    }
    if (this.#log.size <= this.#logWritesMax) return;
    const lineage = this.#lineage();
    for (const [key, write] of [...this.#log].sort(([, a], [, b]) => a.stamp.seq - b.stamp.seq)) {
      if (this.#log.size <= this.#logWritesMax / 2) break;
      const { replica, seq } = write.stamp;
      if (write === this.#head || seq !== (this.#folded.get(replica) ?? 0) + 1) continue;
      this.#log.delete(key);
      this.#folded.set(replica, seq);
      this.#foldedTyped += insertedBy(write);
      if (lineage.has(key)) this.#foldedKept += insertedBy(write);
    }
  }
}

export const lwwNoteStrategy: Strategy = {
  name: "lww-note",
  traits: {
    losesWrites: true,
    isAvailable: true,
    isOrdered: false,
    isStockCompatible: false,
    source: "Shapiro et al., INRIA RR-7506, 2011: LWW-Register",
  },
  open: (options) => new LwwNoteReplica(options),
  compare: (first, second) => compareVectors(readVector(first), readVector(second)),
  validate(update) {
    decodeUpdate(update);
  },
  refuseExcess(update) {
    const reader = new ByteReader(update);
    const load = new UpdateLoad(reader);
    load.passVector();
    reader.varUint();
    reader.varUint();
    const count = reader.count(5);
    load.addWrites(count);
    for (let n = 0; n < count; n++) {
      load.passOrigin();
      load.passSplices();
    }
  },
};

/** The same, of a log that holds `logWritesMax` writes one by one. */
export function lwwNoteStrategyOf(logWritesMax: number): Strategy {
  return { ...lwwNoteStrategy, open: (options) => new LwwNoteReplica(options, logWritesMax) };
}

function encodeUpdate({ folded, bases, typed, kept, writes, head }: Update): Uint8Array {
  const writer = appendVector(new ByteWriter(), folded).varUint(typed).varUint(kept).varUint(writes.length);
  for (const write of writes) writeSplices(writeOrigin(writer, write), write.splices);
  if (head === null) writer.varUint(0);
  else writer.varUint(1 + head.index).varString(head.text);
  return writeBases(writer, folded, bases).finish();
}

/** @throws DecodeError when `bytes` is not exactly one update. */
export function decodeUpdate(bytes: Uint8Array): Update {
  const reader = new ByteReader(bytes);
  const folded = takeVector(reader);
  const typed = reader.varUint();
  const kept = reader.varUint();
  const writes: Write[] = [];
  for (let count = reader.count(5); count > 0; count--) writes.push({ ...readOrigin(reader), at: 0, splices: readSplices(reader, 0) });
  const mark = reader.varUint();
  if (mark > writes.length) throw reader.error(`Head ${mark - 1} of ${writes.length} writes`);
  const head = mark === 0 ? null : { index: mark - 1, text: reader.varString() };
  const bases = readBases(reader, folded.keys());
  reader.end();
  if (kept > typed) throw new DecodeError(`Kept ${kept} of ${typed} characters`, 0);
  return { folded, bases, typed, kept, writes, head };
}
