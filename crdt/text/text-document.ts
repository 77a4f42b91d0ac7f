/**
 * A text that several people edit at once: a log of events, the text that they make, and, while people have typed at
 * once, a tracker that tells where each concurrent event belongs. A local edit touches the log and the text alone.
 *
 * Offsets count UTF-16 units. The bytes of updates: update-codec.ts.
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import { compareIds, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { composeSplices, diffText, type Splice } from "../base/splice.ts";
import { readVector, type VersionVector, writeVector } from "../causal/version-vector.ts";
import { CriticalVersions } from "./critical-versions.ts";
import { EventLog } from "./event-log.ts";
import { Rope } from "./rope.ts";
import { type Effect, ImpossibleEvent, Tracker } from "./tracker.ts";
import {
  decodeRuns,
  encodeOwnNext,
  encodeRuns,
  type EventId,
  type EventRun,
  hasLoneSurrogate,
  runFrom,
  wellFormed,
} from "./update-codec.ts";

/** Runs that may wait for others; with more the room is emptied, and what they need stays missing. */
const WAITING_RUNS_MAX = 10_000;
/** Above this many runs in one call an editor gets one replacement instead of a composed list. */
const COMPOSED_RUNS_MAX = 50;
/** Close code for a peer whose bytes contradict what is known. */
const CONTRADICTION = 4400;
/** A tracker that is further behind than this is built anew where that is less work. */
const CATCH_UP_MAX = 2_000;

export type Anchor = Uint8Array;

/** Events of `agent` in [from, to) that something here waits for. */
export interface Gap {
  readonly agent: ReplicaId;
  readonly from: number;
  readonly to: number;
}

/** One entry of a recorded history. */
export interface RecordedEvent {
  readonly agent: ReplicaId;
  readonly seq: number;
  readonly parents: readonly (readonly [ReplicaId, number])[];
  readonly ops: readonly Splice[];
}

/** Units of one author that stand together, as they lie in the document. */
export interface TextItem {
  readonly agent: ReplicaId;
  readonly seq: number;
  readonly length: number;
  readonly text: string;
  readonly isDeleted: boolean;
  /** What the first of them was typed behind, and before; null: the border of the document. */
  readonly left: EventId | null;
  readonly right: EventId | null;
}

export class TextDocument {
  readonly #agent: ReplicaId;
  #log = new EventLog();
  #rope = new Rope();
  #critical = new CriticalVersions(this.#log);
  #tracker: Tracker | null = null;
  #waiting: EventRun[] = [];
  readonly #writer = new ByteWriter();
  readonly #listeners = new Set<(update: Uint8Array) => void>();

  private constructor(agent: ReplicaId) {
    this.#agent = agent;
  }

  static create({ agent }: { readonly agent: ReplicaId }): TextDocument {
    return new TextDocument(agent);
  }

  /** @throws DecodeError when `bytes` is not what `encode` gave. */
  static load(bytes: Uint8Array, options: { readonly agent: ReplicaId }): TextDocument {
    const document = new TextDocument(options.agent);
    if (bytes.length > 0) document.#take(decodeRuns(bytes), () => undefined);
    if (document.#waiting.length > 0) throw new DecodeError("A document that lacks events", bytes.length);
    return document;
  }

  /**
   * A document from a recorded history, in order of dependency; one agent's events may be concurrent.
   * @throws RangeError when an entry has more than one splice, or an event that is not there as a parent.
   */
  static fromEvents(events: Iterable<RecordedEvent>, options: { readonly agent: ReplicaId }): TextDocument {
    const document = new TextDocument(options.agent);
    for (const { agent, seq, parents, ops } of events) {
      const [op] = ops;
      if (op === undefined || ops.length > 1) throw new RangeError(`Event ${agent}:${seq} has ${ops.length} splices: expected one`);
      if (op.remove > 0 && op.insert !== "") throw new RangeError(`Event ${agent}:${seq} replaces: record a deletion and an insertion`);
      const isInsert = op.insert !== "";
      document.#addRun({
        agent,
        seq,
        parents: parents.map(([parent, parentSeq]) => [parent, parentSeq]),
        kind: isInsert ? "insert" : "delete",
        position: op.index,
        length: isInsert ? op.insert.length : op.remove,
        text: op.insert,
      });
    }
    return document;
  }

  get length(): number {
    return this.#rope.length;
  }

  get agent(): ReplicaId {
    return this.#agent;
  }

  /** Events, of everybody. */
  get eventCount(): number {
    return this.#log.count;
  }

  /** Events that inserted a unit, deleted since or not. */
  get insertedCount(): number {
    return this.#log.inserted;
  }

  toString(): string {
    return this.#rope.toString();
  }

  slice(start: number, end: number): string {
    return this.#rope.slice(start, end);
  }

  /** A place inside a surrogate pair is moved before it; half a pair becomes U+FFFD. @throws RangeError outside the text. */
  insert(index: number, text: string): void {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    if (text === "") return;
    const at = this.#isInsidePair(index) ? index - 1 : index;
    this.#edit("insert", at, text.length, hasLoneSurrogate(text) ? wellFormed(text) : text);
  }

  /** Halves of surrogate pairs at the borders go along. @throws RangeError outside the text. */
  delete(index: number, count: number): void {
    if (!(index >= 0 && count >= 0 && index + count <= this.length))
      throw new RangeError(`Invalid range ${index} to ${index + count} in a document of length ${this.length}`);
    if (count === 0) return;
    const from = this.#isInsidePair(index) ? index - 1 : index;
    const to = this.#isInsidePair(index + count) ? index + count + 1 : index + count;
    this.#edit("delete", from, to - from, "");
  }

  /** Told of each local edit, at once, as the bytes that others need. */
  onUpdate(listener: (update: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes in what others did; what comes early waits. Returns what an editor must apply.
   * @throws DecodeError when it does not parse, ProtocolError when it cannot be true. Nothing has changed then.
   */
  applyUpdate(update: Uint8Array): readonly Splice[] {
    return update.length === 0 ? [] : this.receive(decodeRuns(update));
  }

  applyUpdates(updates: readonly Uint8Array[]): readonly Splice[] {
    return this.receive(updates.flatMap((update) => (update.length === 0 ? [] : decodeRuns(update))));
  }

  /** `applyUpdate` on runs that are decoded already. @throws ProtocolError when they cannot be true. */
  receive(runs: readonly EventRun[]): readonly Splice[] {
    const changes: Splice[] = [];
    const textBefore = runs.length > COMPOSED_RUNS_MAX ? this.toString() : null;
    this.#take(runs, (splice) => void changes.push(splice));
    if (textBefore !== null) return diffText(textBefore, this.toString());
    return changes.length < 2 ? changes : composed(changes);
  }

  #take(runs: readonly EventRun[], onSplice: (splice: Splice) => void): void {
    const before = { count: this.#log.count, waiting: this.#waiting };
    try {
      // While nothing waits and all is news in order, which is what comes while people type.
      let taken = 0;
      if (this.#waiting.length === 0) while (taken < runs.length && this.#isNext(runs[taken]!)) this.#addRun(runs[taken++]!, onSplice);
      if (taken === runs.length) return;
      const news = runs.slice(taken).flatMap((run) => this.#newsOf(run));
      this.#waiting = this.#addAll([...this.#waiting, ...news], onSplice);
    } catch (error) {
      if (this.#log.count > before.count) this.#truncate(before.count);
      this.#waiting = before.waiting;
      if (!(error instanceof ImpossibleEvent)) throw error;
      throw new ProtocolError(CONTRADICTION, `An event that cannot be true: ${error.message}`);
    }
    if (this.#waiting.length > WAITING_RUNS_MAX) this.#waiting = [];
  }

  /** How many events of `agent` are here. */
  seqOf(agent: ReplicaId): number {
    return this.#log.seqOf(agent);
  }

  /** How many events of each agent are here. */
  version(): Uint8Array {
    return writeVector(this.vector());
  }

  vector(): Map<ReplicaId, number> {
    return new Map(this.#log.agents.map((agent) => [agent, this.#log.seqOf(agent)]));
  }

  /** The events that nobody has built upon: the version exactly. Sorted, so that equal versions are equal bytes. */
  frontier(): Uint8Array {
    const ids = this.#log.frontier.map((lv) => this.#log.idOf(lv)).sort((a, b) => compareIds(a.agent, b.agent) || a.seq - b.seq);
    const writer = new ByteWriter().varUint(ids.length);
    for (const { agent, seq } of ids) writer.varUint(replicaNumber(agent)).varUint(seq);
    return writer.finish();
  }

  /** What the holder of `version` lacks; all of it for no bytes. @throws DecodeError */
  since(version: Uint8Array): Uint8Array {
    const known: VersionVector = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const ranges: (readonly [number, number])[] = [];
    for (const agent of this.#log.agents) ranges.push(...this.#log.rangesOf(agent, known.get(agent) ?? 0));
    ranges.sort(([a], [b]) => a - b);
    return encodeRuns(ranges.flatMap(([from, to]) => [...this.#runsIn(from, to)]));
  }

  /** What came in after the first `count` events, in the order in which it came here. */
  sinceEvent(count: number): Uint8Array {
    return encodeRuns([...this.#runsIn(count, this.#log.count)]);
  }

  encode(): Uint8Array {
    return this.since(new Uint8Array(0));
  }

  /** What must come before that which waits can be taken in. */
  missing(): readonly Gap[] {
    const gaps = new Map<ReplicaId, Gap>();
    const need = (agent: ReplicaId, to: number): void => {
      const from = this.#log.seqOf(agent);
      if (to > from && to > (gaps.get(agent)?.to ?? 0)) gaps.set(agent, { agent, from, to });
    };
    for (const { agent, seq, parents } of this.#waiting) {
      need(agent, seq);
      for (const [parent, parentSeq] of parents) need(parent, parentSeq + 1);
    }
    return [...gaps.values()];
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A position that stays with the unit behind it (side 1) or before it (side -1), deleted or not. */
  anchor(index: number, side: -1 | 1): Anchor {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    const writer = new ByteWriter(16).byte(side < 0 ? 0 : 1);
    const unit = side < 0 ? index - 1 : index;
    if (unit < 0 || unit >= this.length) return writer.finish();
    const { agent, seq } = this.#log.idOf(this.#whole().idAt(unit));
    return writer.varUint(replicaNumber(agent)).varUint(seq).finish();
  }

  /** Where an anchor lies now. Unknown ids resolve to the end. @throws DecodeError */
  resolve(anchor: Anchor): number {
    const reader = new ByteReader(anchor);
    const side = reader.byte();
    if (side > 1) throw new DecodeError(`Invalid side ${side}`, 0);
    const isBehind = side === 0;
    if (reader.remaining === 0) return isBehind ? 0 : this.length;
    const n = reader.varUint();
    if (!Number.isSafeInteger(n)) throw reader.error(`Invalid agent ${n}`);
    const lv = this.#log.lvOf(replicaIdFrom(n), reader.varUint());
    const tracker = this.#whole();
    if (lv < 0 || !tracker.isInsert(lv)) return this.length;
    const { index, isVisible } = tracker.indexOf(lv);
    return index + (isBehind && isVisible ? 1 : 0);
  }

  /** The text at a past frontier. @throws DecodeError on foreign bytes, RangeError when an event of it is not here. */
  checkout(frontier: Uint8Array): string {
    const reader = new ByteReader(frontier);
    const tips: number[] = [];
    for (let count = reader.count(2); count > 0; count--) {
      const agent = replicaIdFrom(reader.varUint());
      const seq = reader.varUint();
      const lv = this.#log.lvOf(agent, seq);
      if (lv < 0) throw new RangeError(`Event ${agent}:${seq} is not here`);
      tips.push(lv);
    }
    reader.end();
    const past = new TextDocument(this.#agent);
    const { onlyA } = this.#log.diff(tips, []);
    for (const [from, to] of onlyA.toReversed()) for (const run of this.#runsIn(from, to)) past.#addRun(run);
    return past.toString();
  }

  /** Everything that happened, in the order in which it came here. */
  events(): Iterable<EventRun> {
    return this.#runsIn(0, this.#log.count);
  }

  /** Every run of units that ever was, in document order, joined where it goes on. Cost: linear, and the first time a replay. */
  *items(): Generator<TextItem> {
    let open = null as TextItem | null;
    for (const { id, length, isGone, parent, side, rightOrigin } of this.#whole().runs()) {
      for (let lv = id; lv < id + length;) {
        const to = this.#log.runEnd(lv, id + length);
        const { agent, seq } = this.#log.idOf(lv);
        const text = this.#log.textAt(lv, to);
        const goesOn: boolean = open !== null && open.agent === agent && open.seq + open.length === seq && open.isDeleted === isGone;
        if (open !== null && goesOn) open = { ...open, length: open.length + to - lv, text: open.text + text };
        else {
          if (open !== null) yield open;
          const left = lv > id ? lv - 1 : side === "right" ? parent : -1;
          open = { agent, seq, length: to - lv, text, isDeleted: isGone, left: this.#idAt(left), right: this.#idAt(rightOrigin) };
        }
        lv = to;
      }
    }
    if (open !== null) yield open;
  }

  /** Verifies that the text is what the events make, by a replay, and every structure. @throws AssertionError */
  checkInvariants(): void {
    const whole = new Tracker(this.#log, -1, 0);
    const text = new Rope();
    whole.take(this.#log.count, (effect) => apply(text, this.#log, effect));
    whole.checkInvariants();
    assert(text.toString() === this.toString(), "The text is not what its events make");
    this.#tracker?.checkInvariants();
    this.#critical.checkInvariants();
  }

  #edit(kind: "insert" | "delete", position: number, length: number, text: string): void {
    const seq = this.#log.seqOf(this.#agent);
    const parents = this.#log.frontier;
    const isOwnNext = parents.length === 1 && seq > 0 && this.#log.isLast(this.#agent, seq - 1);
    const ids = this.#listeners.size === 0 || isOwnNext ? [] : parents.map((lv) => this.#log.idOf(lv));
    const lv = this.#log.append(this.#agent, parents, kind, position, length, text);
    if (kind === "insert") this.#rope.insert(position, text);
    else this.#rope.delete(position, length);
    this.#critical.add(lv, this.length);
    if (this.#listeners.size === 0) return;
    const run = { agent: this.#agent, seq, kind, position, length, text };
    const update = isOwnNext
      ? encodeOwnNext(this.#writer, run)
      : encodeRuns([{ ...run, parents: ids.map(({ agent, seq: at }) => [agent, at] as const) }]);
    for (const listener of this.#listeners) listener(update);
  }

  /** The parts of a run that are not here. @throws ProtocolError when what is here says otherwise. */
  #newsOf(run: EventRun): EventRun[] {
    const known = this.#log.seqOf(run.agent);
    for (let seq = run.seq; seq < Math.min(known, run.seq + run.length);) {
      const lv = this.#log.lvOf(run.agent, seq);
      const to = this.#log.runEnd(lv, lv + Math.min(known, run.seq + run.length) - seq);
      const held = this.#log.opAt(lv, to);
      const said = runFrom(run, seq);
      const isSame =
        held.position === said.position &&
        (held.length === 1 ? (held.kind === "insert") === (said.kind === "insert") : held.kind === said.kind) &&
        (said.kind !== "insert" || this.#log.textAt(lv, to) === said.text.slice(0, to - lv));
      if (!isSame) throw new ProtocolError(CONTRADICTION, `Replica ${run.agent} used number ${seq} twice: two copies share its id`);
      seq += to - lv;
    }
    return run.seq + run.length > known ? [runFrom(run, known)] : [];
  }

  /** Adds what is ready, as often as something becomes ready; returns what still waits. */
  #addAll(runs: readonly EventRun[], onSplice: (splice: Splice) => void): EventRun[] {
    let waiting = runs;
    for (;;) {
      const rest: EventRun[] = [];
      for (const run of waiting) {
        const known = this.#log.seqOf(run.agent);
        if (run.seq + run.length <= known) continue;
        const fresh = runFrom(run, known);
        if (fresh.seq > known || !this.#isReady(fresh)) rest.push(run);
        else this.#addRun(fresh, onSplice);
      }
      if (rest.length === waiting.length || rest.length === 0) return rest;
      waiting = rest;
    }
  }

  /** Whether a run is all news, and ready. */
  #isNext(run: EventRun): boolean {
    return run.seq === this.#log.seqOf(run.agent) && this.#isReady(run);
  }

  /** Whether everything that a run builds on is here. */
  #isReady({ parents }: EventRun): boolean {
    for (const [agent, seq] of parents) if (seq >= this.#log.seqOf(agent)) return false;
    return true;
  }

  #addRun({ agent, parents, kind, position, length, text }: EventRun, onSplice?: (splice: Splice) => void): void {
    const before = this.#log.frontier;
    const parentLvs = this.#lvsOf(parents);
    const lv = this.#log.append(agent, parentLvs, kind, position, length, text);
    const isNext = parentLvs === before || (before.length === parentLvs.length && before.every((tip) => parentLvs.includes(tip)));
    if (isNext) {
      const first = kind === "delete-back" ? position - length + 1 : position;
      const end = kind === "insert" ? first : first + length;
      if (end > this.length) throw new ImpossibleEvent(`Position ${end} in a text of length ${this.length}`);
      if (kind === "insert") this.#rope.insert(first, text);
      else this.#rope.delete(first, length);
      onSplice?.({ index: first, remove: kind === "insert" ? 0 : length, insert: text });
      this.#critical.add(lv, this.length);
      return;
    }
    this.#critical.forgetAfter(Math.max(-1, ...parentLvs));
    this.#trackerFor(lv).take(this.#log.count, (effect) => {
      apply(this.#rope, this.#log, effect);
      onSplice?.({ index: effect.index, remove: effect.remove, insert: effect.remove > 0 ? "" : this.#log.textAt(effect.from, effect.to) });
    });
  }

  /** The frontier itself where that is meant. @throws RangeError when an event is not here. */
  #lvsOf(ids: readonly EventId[]): readonly number[] {
    const { frontier } = this.#log;
    const [id] = ids;
    if (ids.length === 1 && frontier.length === 1 && id !== undefined && this.#log.isLast(id[0], id[1])) return frontier;
    return ids.map(([agent, seq]) => {
      const lv = this.#log.lvOf(agent, seq);
      if (lv < 0) throw new RangeError(`Event ${agent}:${seq} is not here`);
      return lv;
    });
  }

  /** A tracker that has everything before `lv` and nothing else. */
  #trackerFor(lv: number): Tracker {
    const { lv: base, length } = this.#critical.last;
    const held = this.#tracker;
    const isUsable = held !== null && held.base <= base;
    const isFar = held !== null && lv - held.next > CATCH_UP_MAX && lv - held.next > lv - base;
    if (!isUsable || isFar) this.#tracker = new Tracker(this.#log, base, length);
    const tracker = this.#tracker!;
    tracker.take(lv, null);
    return tracker;
  }

  /** A tracker from the very beginning, which knows every unit. Kept from then on. */
  #whole(): Tracker {
    if (this.#tracker === null || this.#tracker.base >= 0) this.#tracker = new Tracker(this.#log, -1, 0);
    this.#tracker.take(this.#log.count, null);
    return this.#tracker;
  }

  /** Forgets the events from `count` on, by a replay of those before. */
  #truncate(count: number): void {
    const kept = new TextDocument(this.#agent);
    for (const run of this.#runsIn(0, count)) kept.#addRun(run);
    this.#log = kept.#log;
    this.#rope = kept.#rope;
    this.#critical = kept.#critical;
    this.#tracker = null;
  }

  *#runsIn(from: number, to: number): Generator<EventRun> {
    for (let lv = from; lv < to;) {
      const end = this.#log.runEnd(lv, to);
      const { kind, position, length } = this.#log.opAt(lv, end);
      const parents = this.#log.parentsOf(lv).map((parent) => {
        const { agent, seq } = this.#log.idOf(parent);
        return [agent, seq] as const;
      });
      yield { ...this.#log.idOf(lv), parents, kind, position, length, text: kind === "insert" ? this.#log.textAt(lv, end) : "" };
      lv = end;
    }
  }

  /** null for the borders of the document. */
  #idAt(lv: number): EventId | null {
    if (lv < 0 || lv >= this.#log.count) return null;
    const { agent, seq } = this.#log.idOf(lv);
    return [agent, seq];
  }

  #isInsidePair(index: number): boolean {
    if (index <= 0 || index >= this.length) return false;
    const high = this.#rope.unitAt(index - 1);
    if (high < 0xd800 || high >= 0xdc00) return false;
    const low = this.#rope.unitAt(index);
    return low >= 0xdc00 && low < 0xe000;
  }
}

/** Changes made one after the other, as one list against the text before the first. */
function composed(changes: readonly Splice[]): readonly Splice[] {
  let out: readonly Splice[] = [];
  for (const change of changes) out = composeSplices(out, [change]);
  return out;
}

function apply(rope: Rope, log: EventLog, { index, remove, from, to }: Effect): void {
  if (remove > 0) rope.delete(index, remove);
  else rope.insert(index, log.textAt(from, to));
}
