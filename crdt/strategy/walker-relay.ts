/**
 * A walker note as a node holds it: the compacted beginning as bytes, the runs of events since then, and how many
 * events of each author there are. An event's position is clamped by every copy in the same way, so structure is all that
 * can be wrong: numbers with gaps, parents that are not here, and numbers that are used again. The last needs to be
 * compared with what was said first, for which alone a document is opened.
 */

import { EMPTY_BYTES, kept } from "../base/bytes.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { readVector, type VersionVector, writeVector } from "../causal/version-vector.ts";
import { packedHead, unpackState } from "../text/packed-codec.ts";
import { FramesReader } from "../text/frames-reader.ts";
import { diffUpdate, joinedRun, mergeUpdates, newsOf, runsOfPacked, runUpTo } from "../text/update-algebra.ts";
import type { Cut } from "../text/text-state.ts";
import { decodeFrames, encodeRuns, type EventId, eventsMax, type Run, runFrom } from "../text/update-codec.ts";
import { isConsistent } from "../text/waiting-room.ts";
import { LazyDocument } from "./relay.ts";
import type { NoteRelay, Relayed, RelayOptions, Replica } from "./strategy.ts";
import { walkerStrategy } from "./walker-strategy.ts";

/** Close code for a peer whose bytes contradict what is known. */
const CONTRADICTION = 4400;
/** Close code for a peer that builds on what was cut off, or lacks it. */
const CUT_OFF = 4411;
/** A beginning that is larger goes out as it is, and not joined with what came after. */
const JOINED_BYTES_MAX = 64 * 1024;
/** A part of a beginning that is larger is laborious to find: all of its history has to be unpacked, some 20 ms for 250,000 events. */
const LABORIOUS_BYTES_MIN = 16 * 1024;
/** Below this an update is checked here, whatever it says: 30,000 packed events take some 5 ms. */
const DUBIOUS_BYTES_MIN = 8 * 1024;
/** Runs that are taken in here in a turn: some 1 ms, ten times as much when they are the first. */
const RUNS_PER_STEP = 1_500;
/** How often an update is gone through for runs that stand before what they build on. Ours never do. */
const PASSES_MAX = 16;

export function openWalkerRelay(options: RelayOptions): NoteRelay {
  return new WalkerRelay(options, (state) => walkerStrategy.open({ ...options, state }));
}

class WalkerRelay implements NoteRelay {
  readonly #document: LazyDocument;
  /** How many events of each author are here. */
  readonly #next = new Map<ReplicaId, number>();
  #events = 0;
  #inserted = 0;
  /** What the beginning begins with, when its history was cut off. */
  #cut: Cut | null = null;
  /** The compacted beginning, and what it holds. */
  #base: Uint8Array = EMPTY_BYTES;
  #baseVector: VersionVector = new Map();
  /** What came after it, in an order in which each builds on those before. */
  #runs: Run[] = [];
  /** Index in `#runs` of each author's last. */
  readonly #lastRun = new Map<ReplicaId, number>();

  /** `open` makes a document of a state. @throws DecodeError */
  constructor(options: RelayOptions, open: (state: Uint8Array) => Replica) {
    const { state = EMPTY_BYTES, updates } = options;
    this.#document = new LazyDocument(() => {
      options.onDocumentOpened();
      const [first = EMPTY_BYTES, ...rest] = this.pieces(EMPTY_BYTES);
      const replica = open(first);
      for (const piece of rest) replica.receive(piece);
      return replica;
    });
    if (state.length > 0) this.#begin(state);
    for (const update of updates) this.receive(update);
  }

  get isDocumentOpen(): boolean {
    return this.#document.isOpen;
  }

  document(): Replica {
    return this.#document.get();
  }

  dropDocument(): void {
    this.#document.drop();
  }

  isDubious(update: Uint8Array): boolean {
    if (update.length < DUBIOUS_BYTES_MIN) return false;
    const reader = new FramesReader(update);
    try {
      reader.take(RUNS_PER_STEP);
    } catch (error) {
      // It will be refused as fast.
      if (error instanceof DecodeError) return false;
      throw error;
    }
    return reader.packed.length > 0 || !reader.isDone;
  }

  receiveInSteps(update: Uint8Array, isChecked = false): Generator<void, Relayed> | null {
    // Half of one that is not checked might be taken in.
    return isChecked && update.length >= DUBIOUS_BYTES_MIN ? this.#receiveChecked(update) : null;
  }

  *#receiveChecked(update: Uint8Array): Generator<void, Relayed> {
    const reader = new FramesReader(update);
    const steps: Run[][] = [];
    for (; !reader.isDone; yield) steps.push(reader.take(RUNS_PER_STEP));
    if (reader.packed.length > 0) return this.receive(update, true);
    const taken: Run[] = [];
    let isWaiting = false;
    for (const runs of steps) {
      try {
        const received = this.#receiveRuns(runs);
        for (const run of received.news) taken.push(run);
        isWaiting ||= received.isWaiting;
      } catch (error) {
        if (taken.length === 0 || !(error instanceof ProtocolError)) throw error;
        // What this builds on was cut off since it was checked. What is in must be stored; the rest is refused when it comes again.
        this.#document.drop();
        return { forward: encodeRuns(taken), reply: null, isWaiting: true, losses: [] };
      }
      yield;
    }
    this.#document.drop();
    return { forward: kept(update), reply: null, isWaiting, losses: [] };
  }

  receive(update: Uint8Array, isChecked = false): Relayed {
    const frames = decodeFrames(update);
    if (frames.packed.length > 0 && this.#next.size === 0 && frames.runs.length === 0)
      return this.#receiveWhole(update, frames.packed, isChecked);
    const { news, isWhole, isWaiting } = this.#receiveRuns([...this.#unpacked(frames.packed), ...frames.runs]);
    if (news.length === 0) return { forward: null, reply: null, isWaiting, losses: [] };
    const forward = isWhole && frames.packed.length === 0 ? kept(update) : encodeRuns(news);
    this.#document.follow(forward);
    return { forward, reply: null, isWaiting, losses: [] };
  }

  /** `isWhole`: all of `runs` is news. @throws ProtocolError before anything has changed. */
  #receiveRuns(runs: readonly Run[]): { readonly news: readonly Run[]; readonly isWhole: boolean; readonly isWaiting: boolean } {
    const news: Run[] = [];
    /** How far each author is with what is already news. */
    const ahead = new Map<ReplicaId, number>();
    const next = (agent: ReplicaId): number => ahead.get(agent) ?? this.#known(agent);
    const known: Run[] = [];
    let waiting: readonly Run[] = runs;
    for (let pass = 0; pass < PASSES_MAX && waiting.length > 0; pass++) {
      const rest: Run[] = [];
      for (const run of waiting) {
        const from = next(run.agent);
        if (run.seq > from || (run.parents ?? []).some(([agent, seq]) => seq >= next(agent))) {
          rest.push(run);
          continue;
        }
        if (run.seq < from) known.push(run);
        if (run.seq + run.length <= from) continue;
        news.push(runFrom(run, from));
        ahead.set(run.agent, run.seq + run.length);
      }
      if (rest.length === waiting.length) break;
      waiting = rest;
    }
    // Throws before anything has changed.
    this.#refuseOlderThanCut(news);
    if (known.length > 0) this.#compare(known, news);
    this.#refuseExcess(news);
    const isWaiting = waiting.length > 0;
    for (const run of news) {
      this.#take(run);
      this.#inserted += run.text.length;
      this.#events += run.length;
    }
    return { news, isWhole: !isWaiting && known.length === 0, isWaiting };
  }

  version(): Uint8Array {
    return writeVector(this.#next);
  }

  seen(): Uint8Array {
    return this.version();
  }

  since(version: Uint8Array): Uint8Array {
    const pieces = this.pieces(version);
    return pieces.length === 1 ? pieces[0]! : mergeUpdates(pieces);
  }

  pieces(version: Uint8Array): readonly Uint8Array[] {
    const known: VersionVector = version.length === 0 ? new Map() : readVector(version);
    const rest = this.#runs.flatMap((run) => newsOf(run, known));
    const tail = rest.length === 0 ? EMPTY_BYTES : encodeRuns(rest);
    const base = this.#baseSince(known);
    if (base.length === 0) return [tail];
    if (tail.length === 0) return [base];
    return base.length > JOINED_BYTES_MAX ? [base, tail] : [mergeUpdates([base, tail])];
  }

  isLaborious(version: Uint8Array): boolean {
    const known: VersionVector = version.length === 0 ? new Map() : readVector(version);
    return known.size > 0 && this.#base.length >= LABORIOUS_BYTES_MIN && !this.#isPastBase(known);
  }

  rebase(state: Uint8Array, version: Uint8Array): void {
    const vector = readVector(version);
    this.#cut = decodeFrames(state).packed.reduce((cut: Cut | null, body) => cut ?? packedHead(body).cut, null);
    if (this.#cut !== null) this.#document.drop();
    const runs = this.#runs.flatMap((run) => newsOf(run, vector));
    this.#base = state;
    this.#baseVector = vector;
    this.#runs = runs;
    this.#lastRun.clear();
    for (const [at, { agent }] of runs.entries()) this.#lastRun.set(agent, at);
  }

  /** What the holder of `known` lacks of the beginning. */
  #baseSince(known: VersionVector): Uint8Array {
    if (known.size === 0 || this.#base.length === 0) return this.#base;
    return this.#isPastBase(known) ? EMPTY_BYTES : diffUpdate(this.#base, writeVector(known));
  }

  /** Whether the holder of `known` has all of the beginning. */
  #isPastBase(known: VersionVector): boolean {
    return [...this.#baseVector].every(([agent, count]) => (known.get(agent) ?? 0) >= count);
  }

  /** Takes `state` for the beginning. @throws DecodeError */
  #begin(state: Uint8Array): void {
    const { runs, packed } = decodeFrames(state);
    for (const body of packed) {
      const { vector, inserted, cut } = packedHead(body);
      this.#cut ??= cut;
      for (const [agent, next] of vector) {
        this.#events += Math.max(0, next - this.#known(agent));
        this.#next.set(agent, Math.max(this.#known(agent), next));
      }
      this.#inserted += inserted;
    }
    for (const { agent, seq, length, text } of runs) {
      this.#events += length;
      this.#inserted += text.length;
      this.#next.set(agent, Math.max(this.#known(agent), seq + length));
    }
    this.#base = state;
    this.#baseVector = new Map(this.#next);
  }

  /** A whole history for a node that has nothing of it. */
  #receiveWhole(update: Uint8Array, packed: readonly Uint8Array[], isChecked: boolean): Relayed {
    if (packed.length > 1) throw new ProtocolError(CONTRADICTION, `${packed.length} whole histories in one update`);
    if (!isChecked) unpackState(packed[0]!, { isTrusted: false });
    this.#begin(kept(update));
    this.#document.drop();
    return { forward: this.#base, reply: null, isWaiting: false, losses: [] };
  }

  /** The events of packed histories of which something is here. @throws ProtocolError when one is cut, and not all of it is known. */
  #unpacked(packed: readonly Uint8Array[]): readonly Run[] {
    return packed.flatMap((body) => {
      const { vector, isCut } = packedHead(body);
      if ([...vector].every(([agent, next]) => this.#known(agent) >= next)) return [];
      if (isCut) throw new ProtocolError(CUT_OFF, "The history that this note lacks was cut off");
      return runsOfPacked(body);
    });
  }

  /** As a document does: what was cut off cannot be built upon, but for its last event. @throws ProtocolError */
  #refuseOlderThanCut(news: readonly Run[]): void {
    const cut = this.#cut;
    if (cut === null) return;
    const before = new Map(cut.agents);
    const [lastAgent, lastSeq] = cut.last;
    const isGone = ([agent, seq]: EventId): boolean => seq < (before.get(agent) ?? 0) && !(agent === lastAgent && seq === lastSeq);
    for (const { agent, seq, parents } of news)
      if (parents === null ? isGone([agent, seq - 1]) : parents.length === 0 || parents.some(isGone))
        throw new ProtocolError(CUT_OFF, `Event ${agent}:${seq} builds on history that was cut off`);
  }

  /** As a document does. @throws ProtocolError */
  #refuseExcess(news: readonly Run[]): void {
    const inserted = news.reduce((sum, { text }) => sum + text.length, this.#inserted);
    const events = news.reduce((sum, { length }) => sum + length, this.#events);
    if (events > eventsMax(inserted)) throw new ProtocolError(CONTRADICTION, `${events} events for ${inserted} characters`);
  }

  #known(agent: ReplicaId): number {
    return this.#next.get(agent) ?? 0;
  }

  #take(run: Run): void {
    this.#next.set(run.agent, run.seq + run.length);
    const at = this.#lastRun.get(run.agent);
    const both = at === undefined ? null : joinedRun(this.#runs[at]!, run);
    if (at !== undefined && both !== null) {
      this.#runs[at] = both;
      return;
    }
    this.#lastRun.set(run.agent, this.#runs.length);
    this.#runs.push(run);
  }

  /** @throws ProtocolError when a number is used again for something else. */
  #compare(said: readonly Run[], news: readonly Run[]): void {
    const before: Run[] = [];
    for (const run of said) {
      const known = this.#known(run.agent);
      if (run.seq < known) before.push(runUpTo(run, known));
      // Twice in the same update.
      for (const first of news)
        if (first.agent === run.agent && overlap(first, run) && !isConsistent(first, run))
          throw new ProtocolError(CONTRADICTION, `Replica ${run.agent} used a number twice in one update`);
    }
    if (before.length > 0) this.document().receive(encodeRuns(before));
  }
}

function overlap(a: Run, b: Run): boolean {
  return a.seq < b.seq + b.length && b.seq < a.seq + a.length;
}
