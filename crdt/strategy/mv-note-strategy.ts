/**
 * The whole note as one multi-value register (Shapiro et al., INRIA RR-7506, 2011): what was written at once stands side
 * by side, until somebody who has all of it writes again. A note can show one text, so the sibling with the highest stamp
 * (wall time, replica, seq) is the text, and the others are offered beside it (`siblings`). A write goes on from
 * the text, or chooses a sibling by making the text equal to it, and supersedes all others that its author had: those words
 * are gone then, and reported.
 *
 * update := folded  varUint(n) write^n  varUint(k) key^k: the siblings  [seen [bases]]  (see write-log.ts, logged-write.ts)
 * seen   := varUint(n) (replica seq)^n: what the sender has. What is of that, and no sibling of it, is superseded: what did that may
 *           be folded, and then nobody is told of it again. Left out of an update of a single edit
 * write  := logged varUint(j) key^j: siblings superseded besides the base  varUint(0: superseded since | 1) [varString(text)]
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { DecodeError } from "../base/errors.ts";
import { Hasher, hashText } from "../base/hash.ts";
import type { ReplicaId } from "../base/ids.ts";
import { applySplices, assertSplices, diffText, snapSplices, type Splice } from "../base/splice.ts";
import { withoutLoneSurrogates } from "../base/well-formed.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import {
  appendVector,
  compareVectors,
  readVector,
  sortedEntries,
  takeVector,
  type VersionVector,
  writeVector,
} from "../causal/version-vector.ts";
import {
  areOnTop,
  keyOf,
  lineageOf,
  type LoggedWrite,
  lossesOf,
  readKey,
  readLogged,
  UpdateLoad,
  withRemoved,
  writeKey,
  writeLogged,
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
  type Sibling,
  type Standing,
  type Stats,
  type Strategy,
} from "./strategy.ts";
import { type FoldedSince, readBases, readFolded, seqsOf, writeBases, writeFolded, WriteLog } from "./write-log.ts";

interface NoteWrite extends LoggedWrite {
  /** Keys of the siblings that its author had besides the base. */
  readonly besides: readonly string[];
  /** null: superseded before this was sent. */
  readonly text: string | null;
}

interface Update extends FoldedSince {
  readonly writes: readonly NoteWrite[];
  /** Keys of all siblings that the sender has; empty in an update of a single edit, as is what it has `seen`. */
  readonly siblings: readonly string[];
  readonly seen: VersionVector;
}

class MvNoteReplica implements Replica {
  readonly #self: ReplicaId;
  readonly #clock: Clock;
  readonly #log: WriteLog<NoteWrite>;
  /** Keys of what known writes supersede, known or not. */
  readonly #superseded = new Set<string>();
  /** The highest stamp first. */
  #siblings: NoteWrite[] = [];

  constructor({ replica, clock, state }: OpenOptions, logWritesMax?: number) {
    this.#log = new WriteLog(logWritesMax);
    this.#self = replica;
    this.#clock = clock;
    if (state !== undefined && state.length > 0) this.receive(state);
  }

  get length(): number {
    return this.text().length;
  }

  text(): string {
    return this.#siblings[0]?.text ?? "";
  }

  siblings(): Sibling[] {
    return this.#siblings.map(({ stamp, text }) => ({ author: stamp.replica, atMs: stamp.wallMs, text: text! }));
  }

  edit(splices: readonly Splice[]): Edited {
    assertSplices(splices, this.length);
    const before = this.text();
    const asked = applySplices(before, splices);
    const whole = snapSplices(before, splices).map((splice) => ({ ...splice, insert: withoutLoneSurrogates(splice.insert) }));
    const text = applySplices(before, whole);
    if (text === before) return { isAccepted: true, update: EMPTY_BYTES, correction: diffText(asked, before) };
    const stamp = { wallMs: Math.max(0, Math.floor(this.#clock.now())), replica: this.#self, seq: this.#log.nextSeq(this.#self) };
    // Whoever makes the text into a sibling's has chosen that one, and typed nothing.
    const chosen = this.#siblings.find((sibling) => sibling.text === text);
    const base = chosen ?? this.#siblings[0];
    const typed = chosen === undefined ? withRemoved(before, whole) : [];
    const besides = this.#siblings.filter((sibling) => sibling !== base).map((sibling) => keyOf(sibling.stamp));
    const write: NoteWrite = { stamp, base: base === undefined ? null : keyOf(base.stamp), at: 0, splices: typed, besides, text };
    const stood = this.#siblings;
    this.#take([write]);
    this.#forgetTexts(stood);
    this.#fold();
    const update = encodeUpdate({ folded: new Map(), bases: new Map(), writes: [write], siblings: [], seen: new Map() });
    return { isAccepted: true, update, correction: diffText(asked, text) };
  }

  receive(update: Uint8Array): Received {
    if (update.length === 0) return { splices: [], ...NOTHING };
    const { writes, siblings, seen, ...told } = decodeUpdate(update);
    const news = new Map(writes.filter(({ stamp }) => !this.#log.knows(stamp)).map((write) => [keyOf(write.stamp), write]));
    const standing = new Set(siblings);
    const stands = ({ stamp }: NoteWrite): boolean => stamp.seq > (seen.get(stamp.replica) ?? 0) || standing.has(keyOf(stamp));
    if (news.size === 0 && !this.#log.hasNews(told) && this.#siblings.every(stands))
      return { splices: [], ...NOTHING, isWaiting: this.#log.isEarly([], told) };
    const before = this.text();
    const oldSiblings = this.#siblings;
    this.#take([...news.values()]);
    this.#siblings = this.#siblings.filter(stands);
    this.#log.takeFolded(told);
    const losses = this.#losses([...news.values()], oldSiblings);
    this.#forgetTexts([...oldSiblings, ...news.values()]);
    this.#fold();
    return {
      splices: diffText(before, this.text()),
      forward: update,
      reply: null,
      isWaiting: this.#log.isEarly(news.values(), told),
      losses,
    };
  }

  version(): Uint8Array {
    return writeVector(this.#log.vector());
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const writes = this.#log.since(known);
    return encodeUpdate({
      ...this.#log.foldedSince(known),
      writes,
      siblings: this.#siblings.map(({ stamp }) => keyOf(stamp)),
      seen: this.#log.vector(),
    });
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(this.text());
    const hasher = new Hasher().text(content);
    for (const { stamp, text } of this.#siblings) hasher.text(keyOf(stamp)).text(text!);
    for (const [replica, seq] of sortedEntries(this.#log.vector())) hasher.text(replica).int(seq);
    return { content, structure: hasher.digest() };
  }

  stats(): Stats {
    return { events: this.#log.size, tombstones: 0, pending: this.#log.pending(), ...this.#log.counts(this.#log.lineage(this.#siblings)) };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    return registerAnchor(index, side, this.length);
  }

  resolve(anchor: Anchor): number {
    return resolveInRegister(anchor, this.length);
  }

  /** The text is the first item; its siblings follow as if they were deleted, since they are not part of it. */
  inspect(): Inspection {
    return {
      items: this.#siblings.map(({ stamp, text }, n) => {
        const item = { id: keyOf(stamp), author: stamp.replica, length: text!.length, text: text!, isDeleted: n > 0 };
        return { ...item, originLeft: null, originRight: null };
      }),
      writes: this.#writes(),
    };
  }

  latestStamp(): Stamp | null {
    return this.#log.latestStamp();
  }

  standing(): Standing {
    return { nextSeq: this.#log.nextSeq(this.#self), head: 0 };
  }

  checkInvariants(): void {
    this.#log.checkInvariants();
    for (const [n, sibling] of this.#siblings.entries()) {
      const key = keyOf(sibling.stamp);
      assert(sibling.text !== null, `Sibling ${key} has no text`);
      assert(this.#log.get(key) === sibling, `Sibling ${key} is not in the log`);
      assert(!this.#superseded.has(key), `Sibling ${key} is superseded`);
      assert(n === 0 || compareStamps(this.#siblings[n - 1]!.stamp, sibling.stamp) > 0, "Siblings are out of order");
    }
    for (const write of this.#log)
      assert(write.text === null || this.#siblings.includes(write), `Write ${keyOf(write.stamp)} does not stand and has its text`);
  }

  #writes(): InspectedWrite[] {
    const [head, ...others] = this.#siblings;
    const under = this.#log.lineage(head === undefined ? [] : [head]);
    const besides = this.#log.lineage(others);
    return Array.from(this.#log, (write) => {
      const key = keyOf(write.stamp);
      const state = write === head ? "shown" : under.has(key) ? "under" : besides.has(key) ? "beside" : "lost";
      return { id: key, stamp: write.stamp, register: "note", base: write.base, splices: write.splices, state };
    });
  }

  /** Files new writes, and finds out which stand. */
  #take(news: readonly NoteWrite[]): void {
    for (const write of news) {
      this.#log.add(write);
      if (write.base !== null) this.#superseded.add(write.base);
      for (const key of write.besides) this.#superseded.add(key);
    }
    this.#siblings = [...this.#siblings, ...news]
      .filter(({ stamp, text }) => text !== null && !this.#superseded.has(keyOf(stamp)))
      .sort((a, b) => compareStamps(b.stamp, a.stamp));
  }

  /** Of those that stand no longer, or never did: each is a whole note, and nobody is told of it again. */
  #forgetTexts(some: readonly NoteWrite[]): void {
    const standing = new Set(this.#siblings);
    for (const write of some) if (write.text !== null && !standing.has(write)) this.#log.replace({ ...write, text: null });
  }

  #fold(): void {
    const before = this.#log.size;
    const standing = new Set(this.#siblings);
    this.#log.fold(standing.size, (write) => standing.has(write));
    if (this.#log.size === before) return;
    // What is folded is known, and so will not be taken for a sibling again.
    for (const key of this.#superseded) {
      const [replica = "", seq = ""] = key.split(":");
      if (Number(seq) <= (this.#log.folded.get(replica as ReplicaId)?.seq ?? 0)) this.#superseded.delete(key);
    }
  }

  #losses(news: readonly NoteWrite[], oldSiblings: readonly NoteWrite[]): Loss[] {
    const winner = this.#siblings[0]?.stamp;
    if (winner === undefined || areOnTop([...oldSiblings, ...news], this.#siblings, this.#log)) return [];
    const lineage = this.#log.lineage(this.#siblings);
    const lost = new Map<string, NoteWrite>();
    for (const key of lineageOf(oldSiblings, this.#log, new Set(news))) {
      const write = this.#log.get(key);
      if (write !== undefined && !lineage.has(key)) lost.set(key, write);
    }
    for (const write of news) if (!lineage.has(keyOf(write.stamp))) lost.set(keyOf(write.stamp), write);
    return lossesOf(Array.from(lost.values(), (write) => ({ write, winner, rule: "mv-superseded" })));
  }
}

export const mvNoteStrategy: Strategy = {
  name: "mv-note",
  traits: {
    losesWrites: true,
    isAvailable: true,
    isOrdered: false,
    isStockCompatible: false,
    source: "Shapiro et al., INRIA RR-7506, 2011: MV-Register",
  },
  open: (options) => new MvNoteReplica(options),
  compare: (first, second) => compareVectors(readVector(first), readVector(second)),
  validate(update) {
    decodeUpdate(update);
  },
  refuseExcess(update) {
    const reader = new ByteReader(update);
    const load = new UpdateLoad(reader);
    // Of each author a number and two totals.
    load.passVector(4);
    const count = reader.count(8);
    load.addWrites(count);
    for (let n = 0; n < count; n++) {
      load.passOrigin();
      reader.varUint();
      load.passSplices();
      load.passKeys();
      if (reader.varUint() === 1) reader.varBytes();
    }
    load.passKeys();
    if (reader.remaining > 0) load.passVector();
  },
};

/** The same, of a log that holds `logWritesMax` writes one by one. */
export function mvNoteStrategyOf(logWritesMax: number): Strategy {
  return { ...mvNoteStrategy, open: (options) => new MvNoteReplica(options, logWritesMax) };
}

function encodeUpdate({ folded, bases, writes, siblings, seen }: Update): Uint8Array {
  const writer = writeFolded(new ByteWriter(), folded).varUint(writes.length);
  for (const write of writes) {
    writeLogged(writer, write).varUint(write.besides.length);
    for (const key of write.besides) writeKey(writer, key);
    if (write.text === null) writer.varUint(0);
    else writer.varUint(1).varString(write.text);
  }
  writer.varUint(siblings.length);
  for (const key of siblings) writeKey(writer, key);
  if (seen.size > 0) writeBases(appendVector(writer, seen), seqsOf(folded), bases);
  return writer.finish();
}

/** @throws DecodeError when `bytes` is not exactly one update. */
export function decodeUpdate(bytes: Uint8Array): Update {
  const reader = new ByteReader(bytes);
  const keys = (): string[] => {
    const out: string[] = [];
    for (let count = reader.count(2); count > 0; count--) out.push(readKey(reader));
    return out;
  };
  const folded = readFolded(reader);
  const writes: NoteWrite[] = [];
  for (let count = reader.count(8); count > 0; count--) {
    const logged = readLogged(reader);
    const besides = keys();
    const mark = reader.varUint();
    if (mark > 1) throw reader.error(`Invalid mark ${mark}`);
    const text = mark === 1 ? reader.varString() : null;
    // A write that supersedes itself would never stand anywhere.
    if ([logged.base, ...besides].includes(keyOf(logged.stamp))) throw new DecodeError("A write on top of itself", reader.offset);
    writes.push({ ...logged, besides, text });
  }
  const siblings = keys();
  // An update of a store that is older than `seen` is of somebody who had folded writes alone.
  const seen = reader.remaining > 0 ? takeVector(reader) : seqsOf(folded);
  const bases = readBases(reader, folded.keys());
  reader.end();
  return { folded, bases, writes, siblings, seen };
}
