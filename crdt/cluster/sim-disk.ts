/**
 * A disk in memory for nodes that live in one process or in a simulation. What is not synced when its node crashes is
 * lost, but for a part of it that happened to be written: as on a real one, the beginning.
 */

import type { Clock } from "../base/clock.ts";
import type { NoteId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import { EMPTY_BALLOT, type LogEntry, type NodeStore, type StoredBallot, type StoredUpdates } from "./node-store.ts";

export interface SimDiskOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  /** How long one sync takes at most. */
  readonly syncMsMax?: number;
}

interface Platter {
  settledOf: number;
  readonly ballots: Map<NoteId, StoredBallot>;
  readonly updates: Map<NoteId, StoredUpdates>;
}

type Write = (platter: Platter) => void;

export class SimDisk {
  readonly #options: SimDiskOptions;
  #platter: Platter = blank();
  #pending: Write[] = [];
  #waiting: { readonly after: number; readonly done: () => void }[] = [];
  #written = 0;
  #durable = 0;
  #isSyncing = false;
  #slowMs = 0;
  /** Counts crashes: what a dead process asked for is not answered. */
  #life = 0;

  constructor(options: SimDiskOptions) {
    this.#options = options;
  }

  /** What a restart would find of a note's log at this moment if nothing more were written. */
  durableLog(noteId: NoteId): readonly LogEntry[] {
    return this.#platter.ballots.get(noteId)?.log ?? EMPTY_BALLOT.log;
  }

  /** Every sync takes this much longer from now on. */
  slowDown(ms: number): void {
    this.#slowMs = ms;
  }

  /** The process dies. A random beginning of what was not synced is there none the less. */
  crash(): void {
    this.#life++;
    const kept = this.#pending.splice(0, this.#options.prng.int(0, this.#pending.length + 1));
    for (const write of kept) write(this.#platter);
    this.#pending = [];
    this.#waiting = [];
    this.#durable = this.#written;
    this.#isSyncing = false;
  }

  /** A new, empty disk is put in. Only while its node is down. */
  lose(): void {
    this.crash();
    this.#platter = blank();
  }

  /** The store for the process that begins now. */
  open(): NodeStore {
    const life = this.#life;
    const isAlive = (): boolean => life === this.#life;
    const write = (change: Write): void => {
      if (!isAlive()) return;
      this.#pending.push(change);
      this.#written++;
    };
    const changeBallot = (noteId: NoteId, change: (ballot: StoredBallot) => Partial<StoredBallot>): void =>
      write(({ ballots }) => {
        const ballot = ballots.get(noteId) ?? EMPTY_BALLOT;
        ballots.set(noteId, { ...ballot, ...change(ballot) });
      });
    const read = (task: () => void): void => void this.#options.clock.setTimer(this.#slowMs, () => isAlive() && task());
    return {
      load: (done) => read(() => done({ settledOf: this.#platter.settledOf, ballots: new Map(this.#platter.ballots) })),
      loadUpdates: (noteId, done) => read(() => done(this.#platter.updates.get(noteId) ?? { snapshot: null, updates: [], position: 0 })),
      settle: (count) => write((platter) => (platter.settledOf = count)),
      promise: (noteId, promised, holder) => changeBallot(noteId, () => ({ promised, holder })),
      writeLog: (noteId, from, entries) =>
        changeBallot(noteId, ({ log, committed }) => ({
          log: spliced(log, from, entries),
          committed: Math.min(committed, from + entries.length),
        })),
      commit: (noteId, committed) => changeBallot(noteId, () => ({ committed })),
      append: (noteId, position, update) =>
        write(({ updates }) => {
          const { snapshot, updates: before } = updates.get(noteId) ?? { snapshot: null, updates: [] };
          updates.set(noteId, { snapshot, updates: [...before, update], position });
        }),
      compact: (noteId, position, state) =>
        write(({ updates }) => {
          const stored = updates.get(noteId);
          const after = stored === undefined ? [] : stored.updates.slice(stored.updates.length - (stored.position - position));
          updates.set(noteId, { snapshot: state, updates: after, position: stored?.position ?? position });
        }),
      sync: (done) => {
        if (!isAlive()) return;
        this.#waiting.push({ after: this.#written, done });
        this.#begin();
      },
    };
  }

  #begin(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const { clock, prng, syncMsMax = 20 } = this.#options;
    const life = this.#life;
    const writes = this.#pending.length;
    clock.setTimer(prng.int(1, syncMsMax + 1) + this.#slowMs, () => {
      if (life !== this.#life) return;
      this.#isSyncing = false;
      for (const write of this.#pending.splice(0, writes)) write(this.#platter);
      this.#durable += writes;
      const ready = this.#waiting.filter(({ after }) => after <= this.#durable);
      this.#waiting = this.#waiting.filter(({ after }) => after > this.#durable);
      if (this.#waiting.length > 0) this.#begin();
      for (const { done } of ready) done();
    });
  }
}

function spliced(log: readonly LogEntry[], from: number, entries: readonly LogEntry[]): LogEntry[] {
  return [...log.slice(0, from), ...entries];
}

function blank(): Platter {
  return { settledOf: 0, ballots: new Map(), updates: new Map() };
}
