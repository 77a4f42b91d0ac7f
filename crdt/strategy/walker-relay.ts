/**
 * A walker note as a node holds it: the compacted beginning as bytes, the runs of events since then, and how many
 * events of each author there are. An event's position is clamped by every copy in the same way, so structure is all that
 * can be wrong: numbers with gaps, parents that are not here, and numbers that are used again. The last needs to be
 * compared with what was said first, for which alone a document is opened.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { readVector, type VersionVector, writeVector } from "../causal/version-vector.ts";
import { decodeRuns, encodeRuns, type EventRun, runFrom } from "../text/update-codec.ts";
import { LazyDocument } from "./relay.ts";
import type { NoteRelay, Relayed, RelayOptions, Replica } from "./strategy.ts";
import { joinedRun, mergeRuns, newsOf } from "./walker-runs.ts";
import { walkerStrategy } from "./walker-strategy.ts";

/** Close code for a peer whose bytes contradict what is known. */
const CONTRADICTION = 4400;
/** A beginning that is larger goes out as it is, and not joined with what came after. */
const JOINED_BYTES_MAX = 64 * 1024;
/** How often an update is gone through for runs that stand before what they build on. Ours never do. */
const PASSES_MAX = 16;

export function openWalkerRelay(options: RelayOptions): NoteRelay {
  return new WalkerRelay(options, (state) => walkerStrategy.open({ ...options, state }));
}

class WalkerRelay implements NoteRelay {
  readonly #document: LazyDocument;
  /** How many events of each author are here. */
  readonly #next = new Map<ReplicaId, number>();
  /** The compacted beginning, and what it holds. */
  #base: Uint8Array = EMPTY_BYTES;
  #baseVector: VersionVector = new Map();
  /** What came after it, in an order in which each builds on those before. */
  #runs: EventRun[] = [];
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
    if (state.length > 0) {
      for (const { agent, seq, length } of decodeRuns(state)) this.#next.set(agent, Math.max(this.#known(agent), seq + length));
      this.#base = state;
      this.#baseVector = new Map(this.#next);
    }
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

  receive(update: Uint8Array): Relayed {
    const runs = update.length === 0 ? [] : decodeRuns(update);
    const news: EventRun[] = [];
    /** How far each author is with what is already news. */
    const ahead = new Map<ReplicaId, number>();
    const next = (agent: ReplicaId): number => ahead.get(agent) ?? this.#known(agent);
    const known: EventRun[] = [];
    let waiting: readonly EventRun[] = runs;
    for (let pass = 0; pass < PASSES_MAX && waiting.length > 0; pass++) {
      const rest: EventRun[] = [];
      for (const run of waiting) {
        const from = next(run.agent);
        if (run.seq > from || run.parents.some(([agent, seq]) => seq >= next(agent))) {
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
    if (known.length > 0) this.#compare(known, news);
    const isWaiting = waiting.length > 0;
    if (news.length === 0) return { forward: null, reply: null, isWaiting, losses: [] };
    const isWhole = !isWaiting && known.length === 0;
    for (const run of news) this.#take(run);
    // A copy: it may lie in a buffer of many messages.
    const forward = isWhole ? update.slice() : encodeRuns(news);
    this.#document.follow(forward);
    return { forward, reply: null, isWaiting, losses: [] };
  }

  version(): Uint8Array {
    return writeVector(this.#next);
  }

  seen(): Uint8Array {
    return this.version();
  }

  since(version: Uint8Array): Uint8Array {
    const pieces = this.pieces(version);
    return pieces.length === 1 ? pieces[0]! : mergeRuns(pieces);
  }

  pieces(version: Uint8Array): readonly Uint8Array[] {
    const known: VersionVector = version.length === 0 ? new Map() : readVector(version);
    const rest = this.#runs.flatMap((run) => newsOf(run, known));
    const tail = rest.length === 0 ? EMPTY_BYTES : encodeRuns(rest);
    const base = this.#baseSince(known);
    if (base.length === 0) return [tail];
    if (tail.length === 0) return [base];
    return base.length > JOINED_BYTES_MAX ? [base, tail] : [mergeRuns([base, tail])];
  }

  rebase(state: Uint8Array, version: Uint8Array): void {
    const vector = readVector(version);
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
    if ([...this.#baseVector].every(([agent, count]) => (known.get(agent) ?? 0) >= count)) return EMPTY_BYTES;
    const runs = decodeRuns(this.#base).flatMap((run) => newsOf(run, known));
    return runs.length === 0 ? EMPTY_BYTES : encodeRuns(runs);
  }

  #known(agent: ReplicaId): number {
    return this.#next.get(agent) ?? 0;
  }

  #take(run: EventRun): void {
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
  #compare(said: readonly EventRun[], news: readonly EventRun[]): void {
    const before: EventRun[] = [];
    for (const run of said) {
      const known = this.#known(run.agent);
      if (run.seq < known) before.push(runUpTo(run, known));
      // Twice in the same update.
      for (const first of news)
        if (!agree(first, run)) throw new ProtocolError(CONTRADICTION, `Replica ${run.agent} used a number twice in one update`);
    }
    if (before.length > 0) this.document().receive(encodeRuns(before));
  }
}

/** The part of a run before number `seq`. */
function runUpTo(run: EventRun, seq: number): EventRun {
  const length = Math.min(run.length, seq - run.seq);
  return length === run.length ? run : { ...run, length, text: run.text.slice(0, length) };
}

/** Whether two runs say the same of the numbers that both speak of. */
function agree(first: EventRun, second: EventRun): boolean {
  const from = Math.max(first.seq, second.seq);
  const to = Math.min(first.seq + first.length, second.seq + second.length);
  if (first.agent !== second.agent || from >= to) return true;
  const [a, b] = [runUpTo(runFrom(first, from), to), runUpTo(runFrom(second, from), to)];
  const isSameKind = a.length === 1 ? (a.kind === "insert") === (b.kind === "insert") : a.kind === b.kind;
  return isSameKind && a.position === b.position && a.text === b.text;
}
