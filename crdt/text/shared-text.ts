/**
 * A text that several people edit at once: a log of events, the text that they make, and, while people have typed at
 * once, a tracker that tells where each concurrent event belongs. A local edit touches the log and the text alone. What a page
 * does not need, undo and the past for programs, comes with text-document.ts.
 *
 * Offsets count UTF-16 units. The bytes of updates: update-codec.ts; of whole histories: packed-codec.ts.
 */

import { DecodeError, ProtocolError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { composeSplices, diffText, type Splice } from "../base/splice.ts";
import { readVector, type VersionVector, writeVector } from "../causal/version-vector.ts";
import { type Anchor, anchorAt, resolveAnchor } from "./anchors.ts";
import { DELETE, DELETE_BACK, INSERT, type OpKind } from "./event-log.ts";
import type { AgentDigest } from "./history-digest.ts";
import { type History, packedHead, unpackState, withoutDeleted } from "./packed-codec.ts";
import { addRun, CONTRADICTION, CUT_OFF, isNext, isReachable, refuseContradiction, refuseExcess } from "./run-intake.ts";
import { encodeCut, encodeWhole, joined, rangesSince, wireRuns, wireRunsOf } from "./run-output.ts";
import { hasLoneSurrogate, wellFormed } from "./surrogates.ts";
import { itemsOf, type TextItem } from "./text-items.ts";
import { type OnSplice, TextState } from "./text-state.ts";
import {
  decodeFrames,
  encodePacked,
  encodeRuns,
  type EventId,
  eventsMax,
  type Frames,
  keystrokes,
  type Run,
  RUN_UNITS_MAX,
} from "./update-codec.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** Above this many changes in one call an editor gets one replacement instead of a composed list. */
const COMPOSED_MAX = 50;
/** So many runs are taken in without keeping the text up to date in between. */
const BULK_RUNS_MIN = 500;
/** A history of fewer events is handed on as runs; a packed one is packed anew when this many came since, or an eighth of it. */
const PACKED_EVENTS_MIN = 512;
const TAIL_EVENTS_MAX = 4_096;

/** Events of `agent` in [from, to) that something here waits for. */
export interface Gap {
  readonly agent: ReplicaId;
  readonly from: number;
  readonly to: number;
}

/** What an update brought. */
export interface Taken {
  /** What an editor must apply. */
  readonly splices: readonly Splice[];
  /** Whether a part of this very update waits for others. */
  readonly isWaiting: boolean;
  /** Whether all of it was new and is in the document now. */
  readonly isAllNews: boolean;
}

export class SharedText {
  readonly #agent: ReplicaId;
  readonly #agentNumber: number;
  #state: TextState;
  /** What the state's log calls this document's own agent; -1: not asked yet. */
  #self = -1;
  /** The last packed history that was written or read, and how many events it holds: for those who know nothing. */
  #packed: { readonly body: Uint8Array; readonly events: number } | null = null;
  readonly #waiting = new WaitingRoom();
  readonly #listeners = new Set<(update: Uint8Array) => void>();
  /** The agent that a keystroke came from last, and what the log calls it. */
  #peerNumber = -1;
  #peer = 0;

  protected constructor(agent: ReplicaId, state: TextState) {
    this.#agent = agent;
    this.#agentNumber = replicaNumber(agent);
    this.#state = state;
  }

  static create({ agent }: { readonly agent: ReplicaId }): SharedText {
    return new SharedText(agent, new TextState());
  }

  /**
   * A document from what `encode` or `since` of nothing gave, updates behind it included.
   * @throws DecodeError when `bytes` is not that, ProtocolError when it cannot be true.
   */
  static load(bytes: Uint8Array, { agent }: { readonly agent: ReplicaId }): SharedText {
    return SharedText.loaded(bytes, (state) => new SharedText(agent, state));
  }

  /** As `load`; `make` makes the document of a state. */
  protected static loaded<Document extends SharedText>(bytes: Uint8Array, make: (state: TextState) => Document): Document {
    const { runs, packed } = decodeFrames(bytes);
    const [first] = packed;
    const document = make(first === undefined ? new TextState() : unpackState(first, { isTrusted: true }));
    if (first !== undefined) document.#packed = { body: first, events: document.eventCount };
    if (runs.length > 0 || packed.length > 1) document.#take({ runs, packed: packed.slice(1) }, null);
    if (document.#waiting.size > 0) throw new DecodeError("A document that lacks events", bytes.length);
    document.onBegun(document.#state);
    return document;
  }

  protected get state(): TextState {
    return this.#state;
  }

  get length(): number {
    return this.#state.length;
  }

  get agent(): ReplicaId {
    return this.#agent;
  }

  /** Events, of everybody. */
  get eventCount(): number {
    return this.#state.eventCount;
  }

  /** Events that inserted a unit, deleted since or not; those that were cut off are not counted. */
  get insertedCount(): number {
    return this.#state.inserted;
  }

  toString(): string {
    return this.#state.text();
  }

  slice(start: number, end: number): string {
    return this.#state.slice(start, end);
  }

  /** A place inside a surrogate pair is moved before it; half a pair becomes U+FFFD. @throws RangeError outside the text. */
  insert(index: number, text: string): void {
    if (!(index >= 0 && index <= this.length) || !Number.isInteger(index))
      throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    if (text === "") return;
    const at = this.#state.isInsidePair(index) ? index - 1 : index;
    this.#edit(INSERT, at, text.length, wellFormedOr(text));
  }

  /** Halves of surrogate pairs at the borders go along. @throws RangeError outside the text. */
  delete(index: number, count: number): void {
    if (!(index >= 0 && count >= 0 && index + count <= this.length) || !Number.isInteger(index) || !Number.isInteger(count))
      throw new RangeError(`Invalid range ${index} to ${index + count} in a document of length ${this.length}`);
    if (count === 0) return;
    const from = this.#state.isInsidePair(index) ? index - 1 : index;
    const to = this.#state.isInsidePair(index + count) ? index + count + 1 : index + count;
    this.#edit(DELETE, from, to - from, "");
  }

  /**
   * Told of each local edit, at once, as the bytes that others need. They may share memory with other updates: copy them
   * before they are transferred to another thread or stored with their buffer.
   */
  onUpdate(listener: (update: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes in what others did; what comes early waits. Returns what an editor must apply.
   * @throws DecodeError when it does not parse, ProtocolError when it cannot be true. Nothing has changed then.
   */
  applyUpdate(update: Uint8Array): readonly Splice[] {
    return this.receive(update).splices;
  }

  /** As `applyUpdate` for each, as one change. @throws as `applyUpdate`; then none has been taken in. */
  applyUpdates(updates: readonly Uint8Array[]): readonly Splice[] {
    if (updates.length === 1) return this.applyUpdate(updates[0]!);
    const runs: Run[] = [];
    const packed: Uint8Array[] = [];
    for (const update of updates) {
      const frames = decodeFrames(update);
      for (const run of frames.runs) runs.push(run);
      packed.push(...frames.packed);
    }
    return this.#change(runs.length + packed.length, (onSplice) => this.#take({ runs, packed }, onSplice));
  }

  /** `applyUpdate`, and what became of the update. @throws as `applyUpdate`. */
  receive(update: Uint8Array): Taken {
    const typed = this.#takeKeystroke(update);
    if (typed !== null) return { splices: typed, isWaiting: false, isAllNews: true };
    const frames = decodeFrames(update);
    let brought = frames.runs.reduce((sum, { length }) => sum + length, this.eventCount);
    for (const body of frames.packed) for (const next of packedHead(body).vector.values()) brought += next;
    const splices = this.#change(frames.runs.length + 1_000 * frames.packed.length, (onSplice) => this.#take(frames, onSplice));
    return {
      splices,
      isWaiting: this.#waiting.size > 0 && frames.runs.some(({ agent, seq, length }) => seq + length > this.seqOf(agent)),
      isAllNews: brought === this.eventCount,
    };
  }

  /** How many events of `agent` are here. */
  seqOf(agent: ReplicaId): number {
    return this.#state.seqOf(agent);
  }

  /** How many events of each agent are here. */
  version(): Uint8Array {
    return writeVector(this.vector());
  }

  vector(): Map<ReplicaId, number> {
    return new Map(this.#state.agents());
  }

  /**
   * What the holder of `version` lacks; all of it for no bytes.
   * @throws DecodeError; ProtocolError when that was cut off.
   */
  since(version: Uint8Array): Uint8Array {
    const known: VersionVector = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    if (this.#state.agents().every(([agent, next]) => (known.get(agent) ?? 0) >= next)) return new Uint8Array(0);
    if (known.size === 0) return this.#everything();
    return encodeRuns(wireRuns(this.#state, rangesSince(this.#state, known)));
  }

  /** What came in after the first `count` events, in the order in which it came here. @throws ProtocolError as `since`. */
  sinceEvent(count: number): Uint8Array {
    return encodeRuns(wireRuns(this.#state, [[count, this.#state.log.count]]));
  }

  /**
   * The whole document, for `load`: the text first, then what happened. Without deleted text, what was deleted reads U+FFFD
   * in past versions. Cut, everything up to the last version that everybody's events build on becomes the beginning, without
   * a past, and replicas that have not seen all of it can no longer take part; with `passedBy`, the last such version that
   * all of these have passed. Cost: linear.
   */
  encode({ history = "full", passedBy = [] }: { readonly history?: History; readonly passedBy?: readonly Uint8Array[] } = {}): Uint8Array {
    if (history === "cut") return encodeCut(this.#state, passedBy);
    const packed = this.#packed;
    if (packed?.events !== this.eventCount || this.#state.cut !== null) return encodeWhole(this.#state, history);
    return encodePacked(history === "full" ? packed.body : withoutDeleted(packed.body));
  }

  /** What must come before that which waits can be taken in. */
  missing(): readonly Gap[] {
    return this.#waiting.missing((agent) => this.seqOf(agent));
  }

  /** The first `max` runs that wait, each with the first event that it lacks. */
  waiting(max: number): ReturnType<WaitingRoom["waits"]> {
    return this.#waiting.waits((agent) => this.seqOf(agent), max);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** A position that stays with the unit behind it (side 1) or before it (side -1), deleted or not. */
  anchor(index: number, side: -1 | 1): Anchor {
    return anchorAt(this.#state, index, side);
  }

  /** Where an anchor lies now. Unknown ids resolve to the end. @throws DecodeError */
  resolve(anchor: Anchor): number {
    return resolveAnchor(this.#state, anchor);
  }

  /** Each agent with how many events it made and what they were, as two numbers: equal for equal histories, also where one is cut. */
  digests(): (readonly [agent: ReplicaId, count: number, digest: AgentDigest])[] {
    return this.#state.digests().map(([agent, digest]) => [agent, this.#state.seqOf(agent), digest]);
  }

  /** Every run of units that ever was, in document order, joined where it goes on. Cost: linear, and the first time a replay. */
  items(): Generator<TextItem> {
    return itemsOf(this.#state);
  }

  /** Verifies that the text is what the events make, by a replay, and every structure. @throws AssertionError */
  checkInvariants(): void {
    this.#state.checkInvariants();
  }

  /** Another history has become this document's, or more of one was loaded: nothing of it is an edit of this session. */
  protected onBegun(_state: TextState): void {
    // Nobody here asks.
  }

  /** An edit of one's own, whose place needs no looking at. */
  protected edit(kind: OpKind, position: number, length: number, text: string): void {
    this.#edit(kind, position, length, text);
  }

  #edit(kind: OpKind, position: number, length: number, text: string): void {
    const state = this.#state;
    const self = this.#self < 0 ? this.ownIndex() : this.#self;
    if (this.#listeners.size === 0) {
      if (kind === INSERT) state.insert(self, position, text);
      else state.delete(self, position, length);
      return;
    }
    const { log } = state;
    const seq = log.nextSeqAt(self);
    const isOwnNext = log.isOneHeaded && log.lastAgent === self && log.count > log.firstLv;
    const delta = position - log.cursor;
    const parents = isOwnNext ? null : log.frontier.map((lv): EventId => [log.idOf(lv).agent, log.seqAt(lv)]);
    if (kind === INSERT) state.insert(self, position, text);
    else state.delete(self, position, length);
    let update: Uint8Array;
    if (parents === null) {
      // One unit before the caret: backspace.
      const isBack = kind !== INSERT && length === 1 && delta === -1;
      update = keystrokes.write(this.#agentNumber, seq, isBack ? DELETE_BACK : kind, isBack ? 0 : delta, length, text);
    } else update = encodeRuns([{ agent: this.#agent, seq, parents, kind, position, length, text }]);
    for (const listener of this.#listeners) listener(update);
  }

  /** What the log calls this document's own agent. */
  protected ownIndex(): number {
    this.#self = this.#state.log.agentIndexOf(this.#agent);
    return this.#self;
  }

  /** The whole history for somebody who knows nothing of it: packed, if it is long, with what came since behind it. */
  #everything(): Uint8Array {
    const count = this.eventCount;
    const packed = this.#packed;
    if (packed !== null && count - packed.events <= Math.max(TAIL_EVENTS_MAX, packed.events / 8)) {
      const frame = encodePacked(packed.body);
      return packed.events === count ? frame : joined(frame, this.sinceEvent(packed.events));
    }
    if (count < PACKED_EVENTS_MIN && this.#state.cut === null) return this.sinceEvent(0);
    const frame = this.encode();
    const [body] = decodeFrames(frame).packed;
    if (body !== undefined) this.#packed = { body, events: count };
    return frame;
  }

  /** An update that is one keystroke and the next of its author: what comes while people type. null: it is something else. */
  #takeKeystroke(update: Uint8Array): readonly Splice[] | null {
    if (this.#waiting.size > 0 || !keystrokes.read(update)) return null;
    const { log } = this.#state;
    const { agentNumber, seq, kind, length, text } = keystrokes;
    if (agentNumber !== this.#peerNumber) {
      this.#peer = log.agentIndexOf(replicaIdFrom(agentNumber));
      this.#peerNumber = agentNumber;
    }
    const peer = this.#peer;
    const before = log.lastLvOf(peer);
    if (log.nextSeqAt(peer) !== seq || before < log.firstLv) return null;
    if (kind !== INSERT && log.count + length > eventsMax(log.inserted)) return null;
    const position = log.cursorOf(peer) + keystrokes.position - (kind === DELETE_BACK ? 1 : 0);
    const first = kind === DELETE_BACK ? position - length + 1 : position;
    if (first < 0 || position > RUN_UNITS_MAX) return null;
    if (log.isOneHeaded && before === log.count - 1) {
      if ((kind === INSERT ? first : first + length) > this.length || this.#state.isInsidePair(first)) return null;
      this.#state.add(peer, null, kind, position, length, text, null);
      return [{ index: first, remove: kind === INSERT ? 0 : length, insert: text }];
    }
    const changes: Splice[] = [];
    this.#state.add(peer, [before], kind, position, length, text, (splice) => void changes.push(splice));
    return changes.length < 2 ? changes : composed(changes);
  }

  /** @throws ProtocolError when something cannot be true; nothing has changed then. */
  #take({ runs, packed }: Frames, onSplice: OnSplice | null): void {
    if (packed.length > 0) {
      this.#takePacked(packed, runs, onSplice);
      return;
    }
    // While nothing waits and it is news in order, which is what comes while people type, nothing can contradict.
    const [only] = runs;
    if (
      only !== undefined &&
      runs.length === 1 &&
      this.#waiting.size === 0 &&
      isNext(this.#state, only) &&
      isReachable(this.#state, only)
    ) {
      refuseExcess(this.#state, runs);
      addRun(this.#state, only, onSplice);
      return;
    }
    for (const run of runs) refuseContradiction(this.#state, run);
    refuseExcess(this.#state, runs);
    this.#waiting.put(runs, CONTRADICTION);
    const takeReady = (): void =>
      this.#waiting.takeReady(
        (agent) => this.seqOf(agent),
        (run) => addRun(this.#state, run, onSplice),
      );
    if (onSplice === null && runs.length > BULK_RUNS_MIN) this.#state.inBulk(takeReady);
    else takeReady();
  }

  /** A whole history: it becomes the document when that is empty, else its events are taken in as those of an update. */
  #takePacked(packed: readonly Uint8Array[], runs: readonly Run[], onSplice: OnSplice | null): void {
    const states = packed.map((body) => unpackState(body, { isTrusted: false }));
    const isEmpty = this.eventCount === 0 && this.#waiting.size === 0;
    const [first] = states;
    if (isEmpty && first !== undefined) {
      const before = this.#state;
      this.#become(first);
      this.#packed = { body: packed[0]!, events: this.eventCount };
      try {
        this.#take({ runs: [...states.slice(1).flatMap((state) => wireRunsOf(state)), ...runs], packed: [] }, null);
      } catch (error) {
        this.#become(before);
        throw error;
      }
      if (this.length > 0) onSplice?.({ index: 0, remove: 0, insert: this.toString() });
      return;
    }
    const told = states.filter((state) => {
      const isNews = state.agents().some(([agent, next]) => this.seqOf(agent) < next);
      if (isNews && state.cut !== null && state.cut.agents.some(([agent, next]) => this.seqOf(agent) < next))
        throw new ProtocolError(CUT_OFF, "The history that this copy lacks was cut off");
      if (isNews && state.log.lacksText) throw new ProtocolError(CUT_OFF, "The deleted text that this copy lacks was given up");
      // What is known already is compared, as far as it says anything.
      return !state.log.lacksText;
    });
    this.#take({ runs: [...told.flatMap((state) => wireRunsOf(state)), ...runs], packed: [] }, onSplice);
  }

  #become(state: TextState): void {
    this.#state = state;
    this.#self = this.#peerNumber = -1;
    this.#packed = null;
    this.onBegun(state);
  }

  /** Runs `work` and returns what it did to the text. */
  #change(size: number, work: (onSplice: OnSplice | null) => void): readonly Splice[] {
    const before = size > COMPOSED_MAX || this.#waiting.size > COMPOSED_MAX ? this.toString() : null;
    const changes: Splice[] = [];
    work(before === null ? (splice) => void changes.push(splice) : null);
    if (before !== null) return diffText(before, this.toString());
    return changes.length < 2 ? changes : composed(changes);
  }
}

/** Changes made one after the other, as one list against the text before the first. */
function composed(changes: readonly Splice[]): readonly Splice[] {
  let out: readonly Splice[] = [];
  for (const change of changes) out = composeSplices(out, [change]);
  return out;
}

function wellFormedOr(text: string): string {
  return hasLoneSurrogate(text) ? wellFormed(text) : text;
}
