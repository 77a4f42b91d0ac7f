/**
 * Each line a last-writer-wins register (Shapiro et al., INRIA RR-7506, 2011) of its text and of whether it is deleted.
 * Lines have stable positions (types/line-position.ts); a local edit is compared with the lines by common beginning and end:
 * what lies between is written to the lines that were there, one by one, lines too many are deleted, and further ones get
 * new positions. So edits to different lines never meet, and a line that one splits while another edits it stands twice.
 * The bytes are in line-writes.ts.
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { DecodeError } from "../base/errors.ts";
import { Hasher, hashText } from "../base/hash.ts";
import type { ReplicaId } from "../base/ids.ts";
import { applySplices, assertSplices, diffText, snapSplices, type Splice } from "../base/splice.ts";
import { ENDLESS, finished, type StepCounter, stepsOf } from "../base/steps.ts";
import { withoutLoneSurrogates } from "../base/well-formed.ts";
import type { Stamp } from "../base/stamp.ts";
import { compareVectors, readVector, sortedEntries, writeVector } from "../causal/version-vector.ts";
import { comparePositions, type LinePosition, positionBetween, positionText, readPosition, writePosition } from "../types/line-position.ts";
import { decodeUpdate, encodeInSteps, encodeUpdate, type LineContent, type LineWrite, openUpdate } from "./line-writes.ts";
import { areOnTop, keyOf, lineageOf, lossesOf, type LostWrite, withRemoved } from "./logged-write.ts";
import { type ChangedLines, type Line, NoteLines } from "./note-lines.ts";
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
  type Relayed,
  type Replica,
  type Standing,
  type Stats,
  type Strategy,
} from "./strategy.ts";
import { type FoldedSince, WriteLog } from "./write-log.ts";

/** What an opening reads, or takes in, in one step: some 10 us each. */
const WRITES_PER_STEP = 200;
/** To look at a write, of what it costs to take it in. */
const LOOK_COST = 1 / 10;
/** Writes that are written down in one step: some 4 us each. */
const WRITTEN_PER_STEP = 500;

interface LineNews {
  /** By key. */
  readonly news: ReadonlyMap<string, LineWrite>;
  readonly folded: FoldedSince;
}

class LwwLineReplica implements Replica {
  readonly #self: ReplicaId;
  readonly #clock: Clock;
  /** A write that its line does not hold stands in it without its text. */
  readonly #log: WriteLog<LineWrite>;
  readonly #lines = new NoteLines();

  private constructor({ replica, clock }: OpenOptions, logWritesMax?: number) {
    this.#log = new WriteLog(logWritesMax);
    this.#self = replica;
    this.#clock = clock;
  }

  /** A copy that has received the state and then `updates`. @throws DecodeError in a step. */
  static *inSteps(options: OpenOptions, updates: readonly Uint8Array[] = [], logWritesMax?: number): Generator<void, LwwLineReplica> {
    const copy = new LwwLineReplica(options, logWritesMax);
    const isStepOver = stepsOf(WRITES_PER_STEP);
    for (const update of [options.state ?? EMPTY_BYTES, ...updates]) {
      if (update.length === 0) continue;
      const { news, folded } = yield* copy.#newsIn(update, isStepOver);
      if (news.size > 0 || copy.#log.hasNews(folded)) {
        yield* copy.#takeIn(news, folded, isStepOver);
        copy.#fold();
      }
      if (isStepOver()) yield;
    }
    return copy;
  }

  get length(): number {
    return this.#lines.length;
  }

  text(): string {
    return this.#lines.text();
  }

  edit(splices: readonly Splice[]): Edited {
    assertSplices(splices, this.length);
    const before = this.text();
    const asked = applySplices(before, splices);
    const whole = snapSplices(before, splices).map((splice) => ({ ...splice, insert: withoutLoneSurrogates(splice.insert) }));
    const wanted = applySplices(before, whole);
    const writes = wanted === before ? [] : this.#writesFor(this.#lines.changed(whole, before, wanted));
    for (const write of writes) this.#log.add(write);
    finished(this.#put(writes, ENDLESS));
    // One that its line does not hold is sent without its text.
    const sent = writes.map((write) => this.#log.get(keyOf(write.stamp)) ?? write);
    this.#fold();
    const update = writes.length === 0 ? EMPTY_BYTES : encodeUpdate({ folded: new Map(), bases: new Map(), writes: sent });
    return { isAccepted: true, update, correction: diffText(asked, this.text()) };
  }

  receive(update: Uint8Array): Received {
    const before = this.text();
    const relayed = this.relay(update);
    return { ...relayed, splices: relayed.forward === null ? [] : diffText(before, this.text(), this.#lines.common) };
  }

  relay(update: Uint8Array): Relayed {
    return finished(this.#relay(update, ENDLESS));
  }

  relayInSteps(update: Uint8Array): Generator<void, Relayed> {
    return this.#relay(update, stepsOf(WRITES_PER_STEP));
  }

  version(): Uint8Array {
    return writeVector(this.#log.vector());
  }

  since(version: Uint8Array): Uint8Array {
    return finished(this.sinceInSteps(version));
  }

  sinceInSteps(version: Uint8Array): Generator<void, Uint8Array> {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const { folded, bases } = this.#log.foldedSince(known);
    const told = new Map([...folded].filter(([replica, { seq }]) => seq > (known.get(replica) ?? 0)));
    const isStepOver = stepsOf(WRITTEN_PER_STEP);
    return encodedOnce(this.#log.sinceInSteps(known, isStepOver), { folded: told, bases }, isStepOver);
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(this.text());
    const hasher = new Hasher().text(content);
    for (const { position, head } of this.#lines) hasher.text(positionText(position)).text(head === null ? "" : keyOf(head.stamp));
    for (const [replica, seq] of sortedEntries(this.#log.vector())) hasher.text(replica).int(seq);
    return { content, structure: hasher.digest() };
  }

  stats(): Stats {
    const tombstones = Array.from(this.#lines).filter(({ content }) => content.isDeleted).length;
    return { events: this.#log.size, tombstones, pending: this.#log.pending(), ...this.#log.counts(this.#log.lineage(this.#heads())) };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    const found = this.#lines.shownAt(index);
    const writer = new ByteWriter(16).byte(side < 0 ? 0 : 1);
    return found === undefined ? writer.finish() : writePosition(writer.varUint(index - found.at), found.line.position).finish();
  }

  /** The same place of the same line; where it is deleted, what follows it. */
  resolve(anchor: Anchor): number {
    const reader = new ByteReader(anchor);
    if (reader.byte() > 1) throw new DecodeError("Invalid side", 0);
    if (reader.remaining === 0) return this.length;
    const offset = reader.varUint();
    const position = readPosition(reader);
    const next = this.#lines.shownFrom(position);
    if (next === undefined) return this.length;
    const isHere = comparePositions(next.line.position, position) === 0;
    return next.at + (isHere ? Math.min(offset, next.line.content.text.length) : 0);
  }

  inspect(): Inspection {
    const last = this.#lines.shown().at(-1)?.line;
    return {
      items: Array.from(this.#lines, (line) => {
        const { position, head, content } = line;
        const { replica, seq } = head?.stamp ?? position.at(-1)!;
        const text = content.isDeleted || line === last ? content.text : `${content.text}\n`;
        const item = { id: `${replica}:${seq}`, author: replica, length: text.length, text, isDeleted: content.isDeleted };
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
    this.#lines.checkInvariants();
    const held = new Set(this.#heads());
    for (const head of held) assert(this.#log.get(keyOf(head.stamp)) === head, `The head ${keyOf(head.stamp)} of a line is not in the log`);
    for (const write of this.#log) assert(write.content === null || held.has(write), `Write ${keyOf(write.stamp)} is held by no line`);
  }

  /** The writes that make lines of now into others. */
  #writesFor({ old, next, start, kept }: ChangedLines): LineWrite[] {
    const wallMs = Math.max(0, Math.floor(this.#clock.now()));
    let seq = this.#log.nextSeq(this.#self);
    const writes: LineWrite[] = [];
    const write = (line: Line | null, position: LinePosition, at: number, content: LineContent, splices: readonly Splice[]): void => {
      const stamp = { wallMs, replica: this.#self, seq: seq++ };
      const base = line === null || line.head === null ? null : keyOf(line.head.stamp);
      writes.push({ stamp, base, at, splices: withRemoved(line?.content.text ?? "", splices), position, content });
    };
    const [oldEnd, nextEnd] = [old.length - kept, next.length - kept];
    for (let n = start; n < oldEnd; n++) {
      const { line, at } = old[n]!;
      const { text } = line.content;
      if (n >= nextEnd) write(line, line.position, at, { text: "", isDeleted: true }, [{ index: 0, remove: text.length, insert: "" }]);
      else if (text !== next[n]) write(line, line.position, at, { text: next[n]!, isDeleted: false }, diffText(text, next[n]!));
    }
    // Further lines, behind the last one that was there.
    const last = old[Math.max(start, oldEnd) - 1];
    let before = last?.line.position ?? null;
    const after = this.#lines.after(before)?.position ?? null;
    const at = last === undefined ? 0 : last.at + last.line.content.text.length;
    for (let n = Math.max(start, oldEnd); n < nextEnd; n++) {
      before = positionBetween(before, after, { replica: this.#self, seq });
      write(null, before, at, { text: next[n]!, isDeleted: false }, [{ index: 0, remove: 0, insert: `\n${next[n]!}` }]);
    }
    return writes;
  }

  *#relay(update: Uint8Array, isStepOver: StepCounter): Generator<void, Relayed> {
    if (update.length === 0) return NOTHING;
    const { news, folded } = yield* this.#newsIn(update, isStepOver);
    if (news.size === 0 && !this.#log.hasNews(folded)) return { ...NOTHING, isWaiting: this.#log.isEarly([], folded) };
    const oldHeads = new Map<string, LineWrite | null | undefined>();
    for (const { position } of news.values()) {
      oldHeads.set(positionText(position), this.#lines.find(position)?.head);
      if (isStepOver(LOOK_COST)) yield;
    }
    yield* this.#takeIn(news, folded, isStepOver);
    const losses = yield* this.#losses(news.values(), oldHeads, isStepOver);
    this.#fold();
    return { forward: update, reply: null, isWaiting: this.#log.isEarly(news.values(), folded), losses };
  }

  /** What `update` holds, and what of it is new. @throws DecodeError */
  *#newsIn(update: Uint8Array, isStepOver: StepCounter): Generator<void, LineNews> {
    const { folded, writes: reader } = openUpdate(update);
    const news = new Map<string, LineWrite>();
    while (reader.left > 0) {
      for (const write of reader.take(WRITES_PER_STEP)) {
        if (!this.#log.knows(write.stamp)) news.set(keyOf(write.stamp), write);
        if (isStepOver()) yield;
      }
    }
    return { news, folded: folded() };
  }

  *#takeIn(news: LineNews["news"], folded: FoldedSince, isStepOver: StepCounter): Generator<void, void> {
    for (const write of news.values()) {
      this.#log.add(write);
      if (isStepOver()) yield;
    }
    yield* this.#put(news.values(), isStepOver);
    // Only now is all here that is left of what was folded: whoever was told of it before would never ask for the rest.
    this.#log.takeFolded(folded);
  }

  /** Lets writes that are in the log into their lines. */
  #put(writes: Iterable<LineWrite>, isStepOver: StepCounter): Generator<void, void> {
    return this.#lines.put(writes, isStepOver, (write) => this.#log.replace({ ...write, content: null }));
  }

  #fold(): void {
    this.#log.fold(this.#lines.size, ({ content }) => content !== null);
  }

  #writes(): InspectedWrite[] {
    const heads = new Set(this.#heads());
    const lineage = this.#log.lineage(heads);
    return Array.from(this.#log, (write) => {
      const key = keyOf(write.stamp);
      const state = heads.has(write) ? "shown" : lineage.has(key) ? "under" : "lost";
      const { stamp, base, position } = write;
      // A line that was new was typed with the break before it, which is no part of the line.
      const isNew = base === null && write.splices[0]?.insert.startsWith("\n") === true;
      const splices = isNew ? write.splices.map((splice) => ({ ...splice, insert: splice.insert.slice(1) })) : write.splices;
      return { id: key, stamp, register: positionText(position), base, splices, state };
    });
  }

  #heads(): LineWrite[] {
    return Array.from(this.#lines).flatMap(({ head }) => (head === null ? [] : [head]));
  }

  /** What the newest change of each line, or its resistance, threw away. `oldHeads`: what lines held before, by their names. */
  *#losses(
    news: Iterable<LineWrite>,
    oldHeads: ReadonlyMap<string, LineWrite | null | undefined>,
    isStepOver: StepCounter,
  ): Generator<void, Loss[]> {
    const byLine = new Map<Line, LineWrite[]>();
    for (const write of news) {
      if (isStepOver(LOOK_COST)) yield;
      const line = this.#lines.find(write.position);
      const own = line === undefined ? undefined : byLine.get(line);
      if (own !== undefined) own.push(write);
      else if (line !== undefined) byLine.set(line, [write]);
    }
    const lost: LostWrite<LineWrite>[] = [];
    for (const [{ position, head }, writes] of byLine) {
      if (isStepOver(LOOK_COST * writes.length)) yield;
      if (head === null) continue;
      const oldHead = oldHeads.get(positionText(position));
      // As they stand in the log by now.
      const [old, own] = [oldHead == null ? [] : [oldHead], writes].map((some) => some.map((write) => this.#log.get(keyOf(write.stamp))!));
      if (areOnTop([...old!, ...own!], [head], this.#log)) continue;
      const lineage = this.#log.lineage([head]);
      for (const key of lineageOf(old!, this.#log, new Set(own))) {
        if (lineage.has(key)) break;
        lost.push({ write: this.#log.get(key)!, winner: head.stamp, rule: "lww-line-overwritten-unseen" });
      }
      for (const write of own!)
        if (!lineage.has(keyOf(write.stamp))) lost.push({ write, winner: head.stamp, rule: "lww-line-older-stamp" });
    }
    return lossesOf(lost);
  }
}

export const lwwLineStrategy: Strategy = {
  name: "lww-line",
  traits: {
    losesWrites: true,
    isAvailable: true,
    isOrdered: false,
    isStockCompatible: false,
    source: "Shapiro et al., INRIA RR-7506, 2011: LWW-Register, one a line",
  },
  open: (options) => finished(LwwLineReplica.inSteps(options)),
  openInSteps: (options, updates) => LwwLineReplica.inSteps(options, updates),
  compare: (first, second) => compareVectors(readVector(first), readVector(second)),
  validate(update) {
    decodeUpdate(update);
  },
};

/** The same, of a log that holds `logWritesMax` writes one by one. */
export function lwwLineStrategyOf(logWritesMax: number): Strategy {
  return {
    ...lwwLineStrategy,
    open: (options) => finished(LwwLineReplica.inSteps(options, [], logWritesMax)),
    openInSteps: (options, updates) => LwwLineReplica.inSteps(options, updates, logWritesMax),
  };
}

/** What was `lacking`, once that is known. */
function* encodedOnce(lacking: Generator<void, LineWrite[]>, folded: FoldedSince, isStepOver: StepCounter): Generator<void, Uint8Array> {
  return yield* encodeInSteps(folded, yield* lacking, isStepOver);
}
