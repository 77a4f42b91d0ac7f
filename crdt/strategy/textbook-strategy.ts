/**
 * The textbook algorithms (textbook/) behind the seam. Here: causality, and what waits for what; the bytes are in
 * textbook-ops.ts.
 *
 * An operation is integrated when its author's earlier ones and the characters that it names are here; until then it
 * waits in a bounded room.
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, EMPTY_BYTES, kept } from "../base/bytes.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import { Hasher, hashText } from "../base/hash.ts";
import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import { applySplices, assertSplices, composeSplices, diffText, hasSurrogates, snapSplices, type Splice } from "../base/splice.ts";
import { ENDLESS, finished, type StepCounter, stepsOf } from "../base/steps.ts";
import { withoutLoneSurrogates } from "../base/well-formed.ts";
import { type CharId, type OrderRules, RunTree, type VisibleChange } from "../textbook/run-tree.ts";
import type {
  Anchor,
  ContentHash,
  Edited,
  Inspection,
  OpenOptions,
  Received,
  Relayed,
  Replica,
  Standing,
  Stats,
  Strategy,
  StrategyName,
} from "./strategy.ts";
import {
  agentFrom,
  decodeOps,
  type DeleteOp,
  encodeOps,
  type InsertOp,
  insertsOf,
  type Op,
  openOps,
  OpWriter,
  sizeOf,
  trimmed,
} from "./textbook-ops.ts";
import { inspectionOf } from "./textbook-inspection.ts";
import { OpHistory } from "./textbook-history.ts";
import { WaitingOps } from "./textbook-waiting.ts";
import { compareVectors, readVector, writeVector } from "../causal/version-vector.ts";

/** Above this many operations in one update the editor gets one replacement instead of a composed list. */
const COMPOSED_OPS_MAX = 50;
/** What an opening reads, or puts in line, in one step; and what it integrates: the latter costs some 5 us each in a long note. */
const READ_OPS_PER_STEP = 1_000;
const OPS_PER_STEP = 200;
/** To write an operation, and to look at one, of what it costs to integrate it. */
const WRITE_COST = 1 / 10;
const LOOK_COST = 1 / 50;
/** Close code for a peer whose bytes contradict what is known. */
const CONTRADICTION = 4400;

class TextbookReplica implements Replica {
  readonly #self: ReplicaId;
  readonly #rules: OrderRules;
  readonly #tree: RunTree;
  readonly #history: OpHistory;
  readonly #waiting = new WaitingOps();
  /** The latest Lamport time here; 0 where the algorithm does without. */
  #lamport = 0;
  /** Whether a surrogate was ever inserted. */
  #hasPairs = false;

  private constructor(rules: OrderRules, replica: ReplicaId) {
    this.#self = replica;
    this.#rules = rules;
    this.#tree = new RunTree(rules);
    this.#history = new OpHistory(rules, this.#tree);
  }

  /** A copy that has received the state and then `updates`. @throws DecodeError, ProtocolError in a step. */
  static *inSteps(
    rules: OrderRules,
    { replica, state }: OpenOptions,
    updates: readonly Uint8Array[] = [],
  ): Generator<void, TextbookReplica> {
    const copy = new TextbookReplica(rules, replica);
    const isStepOver = stepsOf(OPS_PER_STEP);
    for (const update of [state ?? EMPTY_BYTES, ...updates]) {
      if (update.length === 0) continue;
      const { news } = yield* copy.#newsInSteps(update);
      yield* copy.#taken(news, isStepOver, (op) => copy.#integrateQuietly(op));
      if (isStepOver()) yield;
    }
    return copy;
  }

  get length(): number {
    return this.#tree.length;
  }

  text(): string {
    return this.#tree.text();
  }

  edit(splices: readonly Splice[]): Edited {
    assertSplices(splices, this.length);
    // The whole text is looked at only where a pair could be cut.
    const before = this.#hasPairs || splices.some(({ insert }) => hasSurrogates(insert)) ? this.text() : null;
    const ops: Op[] = [];
    for (const { index, remove, insert } of (before === null ? splices : snapSplices(before, splices)).toReversed()) {
      for (const { agent, seq, count } of this.#tree.idsIn(index, index + remove)) {
        ops.push({ kind: "delete", ...this.#next(), target: { agent, seq }, count });
        this.#integrate(ops.at(-1)!);
      }
      const text = withoutLoneSurrogates(insert);
      if (text === "") continue;
      ops.push({ kind: "insert", ...this.#next(), ...this.#tree.placeFor(index), text });
      this.#integrate(ops.at(-1)!);
    }
    return {
      isAccepted: true,
      update: ops.length === 0 ? EMPTY_BYTES : encodeOps(ops, this.#rules),
      correction: before === null ? [] : diffText(applySplices(before, splices), this.text()),
    };
  }

  receive(update: Uint8Array): Received {
    const news = this.#newsIn(update);
    const before = news.length > COMPOSED_OPS_MAX ? this.text() : null;
    const changes: VisibleChange[] = [];
    const relayed = this.#takeIn(news, (op) => {
      if (before !== null) return this.#integrateQuietly(op);
      changes.push(...this.#integrate(op));
      return 1;
    });
    return { ...relayed, splices: before === null ? compose(changes) : diffText(before, this.text()) };
  }

  relay(update: Uint8Array): Relayed {
    return this.#takeIn(this.#newsIn(update), (op) => this.#integrateQuietly(op));
  }

  relayInSteps(update: Uint8Array): Generator<void, Relayed> {
    return this.#relayInSteps(update, stepsOf(OPS_PER_STEP));
  }

  version(): Uint8Array {
    return writeVector(this.#history.vector);
  }

  since(version: Uint8Array): Uint8Array {
    return finished(this.sinceInSteps(version));
  }

  sinceInSteps(version: Uint8Array): Generator<void, Uint8Array> {
    return this.#history.since(version.length === 0 ? new Map<ReplicaId, number>() : readVector(version));
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(this.text());
    const hasher = new Hasher().text(content);
    for (const agent of this.#tree.agents()) {
      hasher.text(agent);
      for (const op of insertsOf(this.#tree.runsOf(agent), 0)) {
        hasher.int(op.seq).text(op.text).text(op.side);
        if (op.parent !== null) hasher.text(op.parent.agent).int(op.parent.seq);
        if (op.rightOrigin !== null) hasher.text(op.rightOrigin.agent).int(op.rightOrigin.seq);
        if (this.#rules.usesLamport) hasher.int(op.lamport);
      }
      let goneFrom = -1;
      let goneTo = -1;
      for (const { seq, text, isDeleted } of this.#tree.runsOf(agent)) {
        if (!isDeleted) continue;
        if (seq !== goneTo) {
          hasher.int(goneFrom).int(goneTo);
          goneFrom = seq;
        }
        goneTo = seq + text.length;
      }
      hasher.int(goneFrom).int(goneTo);
    }
    return { content, structure: hasher.digest() };
  }

  stats(): Stats {
    let typed = 0;
    let tombstones = 0;
    for (const { text, isDeleted } of this.#tree.runs) {
      typed += text.length;
      if (isDeleted) tombstones += text.length;
    }
    const events = [...this.#history.vector.values()].reduce((sum, count) => sum + count, 0);
    return { events, tombstones, pending: this.#waiting.count, typed, kept: typed };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    const writer = new ByteWriter(16).byte(side < 0 ? 0 : 1);
    const [char] = side < 0 ? this.#tree.idsIn(index - 1, index) : this.#tree.idsIn(index, index + 1);
    if (char !== undefined) writer.varUint(replicaNumber(char.agent)).varUint(char.seq);
    return writer.finish();
  }

  resolve(anchor: Anchor): number {
    const reader = new ByteReader(anchor);
    const side = reader.byte();
    if (side > 1) throw new DecodeError(`Invalid side ${side}`, 0);
    const isBehind = side === 0;
    if (reader.remaining === 0) return isBehind ? 0 : this.length;
    const place = this.#tree.indexOf({ agent: agentFrom(reader), seq: reader.varUint() });
    if (place === undefined) return this.length;
    return place.index + (isBehind && place.isVisible ? 1 : 0);
  }

  inspect(): Inspection {
    return inspectionOf({ rules: this.#rules, tree: this.#tree, history: this.#history, waiting: this.#waiting.all() });
  }

  standing(): Standing {
    return { nextSeq: this.#history.countOf(this.#self), head: 0 };
  }

  checkInvariants(): void {
    this.#tree.checkInvariants();
    this.#history.checkInvariants();
  }

  /** The name and the time of this copy's next operation. */
  #next(): { readonly agent: ReplicaId; readonly seq: number; readonly lamport: number } {
    return { agent: this.#self, seq: this.#history.countOf(this.#self), lamport: this.#rules.usesLamport ? this.#lamport + 1 : 0 };
  }

  #newsIn(update: Uint8Array): Op[] {
    return this.#newsOf(update.length === 0 ? [] : decodeOps(update, this.#rules));
  }

  #takeIn(news: readonly Op[], integrate: (op: Op) => number): Relayed {
    const { done, isWaiting, isMore } = finished(this.#taken(news, ENDLESS, integrate));
    return { forward: done.length === 0 ? null : encodeOps(done, this.#rules), isMore, reply: null, isWaiting, losses: [] };
  }

  *#relayInSteps(update: Uint8Array, isStepOver: StepCounter): Generator<void, Relayed> {
    const { news, isAllNews } = yield* this.#newsInSteps(update);
    const { done, isWaiting, isMore } = yield* this.#taken(news, isStepOver, (op) => this.#integrateQuietly(op));
    const relayed = { isMore, reply: null, isWaiting, losses: [] };
    if (done.length === 0) return { ...relayed, forward: null };
    // Mostly all of it is news, and then it can go on as it came.
    if (isAllNews && !isWaiting && done.length === news.length) return { ...relayed, forward: kept(update) };
    const writer = new OpWriter(this.#rules);
    for (const op of done) {
      writer.add(op);
      if (isStepOver(WRITE_COST)) yield;
    }
    return { ...relayed, forward: writer.finish() };
  }

  /** Has what is ready integrated, of `news` and of what waits for it. Returns what was. */
  *#taken(
    news: readonly Op[],
    isStepOver: StepCounter,
    integrate: (op: Op) => number,
  ): Generator<void, { readonly done: readonly Op[]; readonly isWaiting: boolean; readonly isMore: boolean }> {
    const hasWaited = this.#waiting.count > 0;
    for (const op of news) {
      this.#waiting.add(op);
      if (isStepOver(LOOK_COST)) yield;
    }
    const done: Op[] = [];
    yield* this.#waiting.drain(
      {
        known: (agent) => this.#history.countOf(agent),
        isReady: (op) => this.#isReady(op),
        integrate: (op) => {
          done.push(op);
          return integrate(op);
        },
      },
      isStepOver,
    );
    let isWaiting = false;
    for (const op of news) {
      if (op.seq + sizeOf(op) > this.#history.countOf(op.agent)) isWaiting = true;
      if (isStepOver(LOOK_COST)) yield;
    }
    this.#waiting.bound();
    return { done, isWaiting, isMore: hasWaited && done.length > 0 };
  }

  /** The parts of `ops` that are not integrated. @throws ProtocolError when a known id comes with other text. */
  #newsOf(ops: readonly Op[]): Op[] {
    const out: Op[] = [];
    for (const op of ops) {
      const known = this.#history.countOf(op.agent);
      if (op.kind === "insert") this.#checkSame(op, Math.min(known, op.seq + op.text.length));
      if (op.seq + sizeOf(op) > known) out.push(trimmed(op, known));
    }
    return out;
  }

  #checkSame({ agent, seq, text }: InsertOp, end: number): void {
    for (let at = seq; at < end;) {
      const run = this.#tree.find({ agent, seq: at });
      const to = run === undefined ? at : Math.min(end, run.seq + run.text.length);
      if (run === undefined || run.text.slice(at - run.seq, to - run.seq) !== text.slice(at - seq, to - seq)) {
        throw new ProtocolError(CONTRADICTION, `Replica ${agent} used number ${at} twice: two copies share its id`);
      }
      at = to;
    }
  }

  /** What is new in `update`, none of which is in before all of it is known to be good. @throws DecodeError, ProtocolError */
  *#newsInSteps(update: Uint8Array): Generator<void, { readonly news: readonly Op[]; readonly isAllNews: boolean }> {
    const reader = openOps(update, this.#rules);
    const parts: Op[][] = [];
    while (reader.left > 0) {
      parts.push(reader.take(READ_OPS_PER_STEP));
      if (reader.left > 0) yield;
    }
    const news: Op[] = [];
    let isAllNews = true;
    for (const [n, part] of parts.entries()) {
      if (n > 0) yield;
      const some = this.#newsOf(part);
      isAllNews &&= some.length === part.length && some.every((op, k) => op === part[k]);
      for (const op of some) news.push(op);
    }
    return { news, isAllNews };
  }

  #isReady(op: Op): boolean {
    if (op.kind === "insert") return [op.parent, op.rightOrigin].every((id) => id === null || this.#tree.find(id) !== undefined);
    const { agent } = op.target;
    for (let seq = op.target.seq; seq < op.target.seq + op.count;) {
      const run = this.#tree.find({ agent, seq });
      if (run === undefined) return false;
      seq = run.seq + run.text.length;
    }
    return true;
  }

  /** Returns where it met the visible text. */
  #integrate(op: Op): VisibleChange[] {
    this.#count(op);
    if (op.kind === "insert") return [this.#tree.insert({ ...op, parent: this.#wholeParent(op) })];
    const [from, to] = this.#wholeRange(op);
    return from < to ? this.#tree.delete(op.target.agent, from, to - from) : [];
  }

  /** The same, for who does not ask where. Returns how many runs it met. */
  #integrateQuietly(op: Op): number {
    this.#count(op);
    if (op.kind === "insert") {
      this.#tree.add({ ...op, parent: this.#wholeParent(op) });
      return 1;
    }
    const [from, to] = this.#wholeRange(op);
    return from < to ? this.#tree.bury(op.target.agent, from, to - from) : 1;
  }

  #count(op: Op): void {
    this.#history.add(op);
    if (this.#rules.usesLamport) this.#lamport = Math.max(this.#lamport, op.lamport + sizeOf(op) - 1);
    if (op.kind === "insert") this.#hasPairs ||= hasSurrogates(op.text);
  }

  /** Half a surrogate pair is never deleted: every copy narrows such a range in the same way. */
  #wholeRange({ target, count }: DeleteOp): [from: number, to: number] {
    const last = { agent: target.agent, seq: target.seq + count - 1 };
    return [target.seq + (isLow(this.#unitAt(target)) ? 1 : 0), last.seq + (isHigh(this.#unitAt(last)) ? 0 : 1)];
  }

  /** The parent, moved off the middle of a surrogate pair, in the same way on every copy. */
  #wholeParent({ parent, side }: InsertOp): CharId | null {
    if (parent === null) return null;
    const unit = this.#unitAt(parent);
    if (side === "right" && isHigh(unit)) return { agent: parent.agent, seq: parent.seq + 1 };
    if (side === "left" && isLow(unit)) return { agent: parent.agent, seq: parent.seq - 1 };
    return parent;
  }

  #unitAt(id: CharId): number {
    const run = this.#tree.find(id);
    assert(run !== undefined, `Character ${id.agent}:${id.seq} is not here`);
    return run.text.charCodeAt(id.seq - run.seq);
  }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** A strategy that orders by `rules`. */
export function textbookStrategy(name: StrategyName, source: string, rules: OrderRules): Strategy {
  return {
    name,
    traits: { losesWrites: false, isAvailable: true, isOrdered: false, isStockCompatible: false, source },
    open: (options) => finished(TextbookReplica.inSteps(rules, options)),
    openInSteps: (options, updates) => TextbookReplica.inSteps(rules, options, updates),
    compare: (first, second) => compareVectors(readVector(first), readVector(second)),
    validate(update) {
      if (update.length > 0) decodeOps(update, rules);
    },
  };
}

/** Changes made one after the other, as one list against the text before the first. */
function compose(changes: readonly VisibleChange[]): readonly Splice[] {
  let out: readonly Splice[] = [];
  for (const change of changes) out = composeSplices(out, [change]);
  return out;
}
