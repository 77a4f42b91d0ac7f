/**
 * How far each replica's clock is off, and each node's, and what the writes of each note are stamped with. What was set heals by
 * itself a while after the last change, like every other fault; what a note stamps with is its rule, and stays. Both are remembered
 * for as long as a stamp may still be asked about: when was this write really made? Clocks here are what is written into stamps; timers,
 * and with them leases between nodes, keep another time.
 */

import type { Clock } from "../base/clock.ts";
import type { NoteId, ReplicaId } from "../base/ids.ts";
import { Settings } from "../base/settings.ts";
import type { Stamp } from "../base/stamp.ts";
import { type ClockSetting, offsetAt, TRUE_CLOCK, trueTimeOf } from "../base/wall-clock.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import type { NodeId } from "../network/node-pair.ts";

export const CLOCK_OFFSET_MS_MAX = 86_400_000;
export const CLOCK_DRIFT_PPM_MAX = 500_000;
/** Settings that are remembered of one replica or note, and how many of these. */
const SETTINGS_MAX = 100;
const REMEMBERED_MAX = 5_000;
/** Notes that stamp with something of their own. */
const NOTES_MAX = 100_000;
/** Stamps of one replica that it told the true time of. */
const TOLD_MAX = 2_000;
/** A tab hears of its setting a little later than it counts here, and a stamp may be found at once. */
const TOLERANCE_MS = 2_000;

/** What is set of one clock; the rest stays. `stepMs`: on top of what it shows, as NTP steps it. */
export interface ClockPatch {
  readonly offsetMs?: number | undefined;
  readonly driftPpm?: number | undefined;
  readonly stepMs?: number | undefined;
}

/** The clock behind a stamp at that moment. */
export interface StampReading {
  /** The true time, by the server's clock. */
  readonly writtenAtMs: number;
  /** How far the clock was off; positive: ahead. */
  readonly offsetMs: number;
  /** The node whose clock it was; absent: the author's own. */
  readonly node?: NodeId;
}

/** Whose clock it is. A node's name is no replica's. */
export type ClockOwner = ReplicaId | NodeId;

export interface ClockBoardOptions {
  readonly clock: Clock;
  /** How long after the last change everything heals. */
  readonly healAfterMs?: number;
  /** What notes are stamped with, oldest first: what was set in a life before. */
  readonly kinds?: readonly { readonly noteId: NoteId; readonly kind: ClockKind; readonly fromMs: number }[];
}

interface Since<T> {
  readonly fromMs: number;
  readonly value: T;
}

export class ClockBoard {
  readonly #clock: Clock;
  /** Those that are not right now. */
  readonly #off: Settings<ClockOwner, ClockSetting>;
  /** Oldest first; the last one holds now. */
  readonly #settings = new Map<ClockOwner, Since<ClockSetting>[]>();
  readonly #kinds = new Map<NoteId, Since<ClockKind>[]>();
  /** By the time of the stamp. */
  readonly #told = new Map<ReplicaId, Map<number, StampReading>>();
  /** Whether a node's clock was ever set: then a stamp by node time alone does not tell whose clock it was. */
  readonly #nodes = new Set<NodeId>();

  constructor({ clock, healAfterMs, kinds = [] }: ClockBoardOptions) {
    this.#clock = clock;
    this.#off = new Settings({ clock, healAfterMs, heal: (owner) => this.set(owner, null) });
    for (const { noteId, kind, fromMs } of kinds) remember(this.#kinds, noteId, { fromMs, value: kind }, NOTES_MAX);
  }

  get(owner: ClockOwner): ClockSetting {
    return this.#settings.get(owner)?.at(-1)?.value ?? TRUE_CLOCK;
  }

  /** Whether this clock was set, and not back. */
  isSet(owner: ClockOwner): boolean {
    return this.#off.has(owner);
  }

  /** When every clock is set right by itself, or null while all are. */
  get healAtMs(): number | null {
    return this.#off.healAtMs;
  }

  /** null: the true time. @throws RangeError when a figure is out of its range; nothing has changed then. */
  set(owner: ClockOwner, patch: ClockPatch | null): void {
    const nowMs = this.#clock.now();
    const before = this.get(owner);
    const shown = patch === null ? 0 : (patch.offsetMs ?? offsetAt(before, nowMs)) + (patch.stepMs ?? 0);
    const driftPpm = patch === null ? 0 : (patch.driftPpm ?? before.driftPpm);
    inRange("offset in ms", shown, CLOCK_OFFSET_MS_MAX);
    inRange("driftPpm", driftPpm, CLOCK_DRIFT_PPM_MAX);
    const isOff = shown !== 0 || driftPpm !== 0;
    if (!isOff && !this.#off.has(owner)) return;
    const setting = { offsetMs: shown, driftPpm, sinceMs: nowMs };
    remember(this.#settings, owner, { fromMs: nowMs, value: setting });
    this.#off.put(owner, isOff ? setting : null);
  }

  /** The same for a node. */
  setNode(node: NodeId, patch: ClockPatch | null): void {
    this.#nodes.add(node);
    this.set(node, patch);
  }

  /** One clock, or all of them, right again. */
  heal(owner?: ClockOwner): void {
    this.#off.heal(owner);
  }

  /** What writes of that note, and of its title, are stamped with. */
  kindOf(noteId: NoteId): ClockKind {
    return this.#kinds.get(noteId)?.at(-1)?.value ?? "wall";
  }

  setKind(noteId: NoteId, kind: ClockKind): void {
    if (kind !== this.kindOf(noteId)) remember(this.#kinds, noteId, { fromMs: this.#clock.now(), value: kind }, NOTES_MAX);
  }

  /** A replica tells of a stamp that it has made. */
  tell(replica: ReplicaId, wallMs: number, reading: StampReading): void {
    let told = this.#told.get(replica);
    if (told === undefined) this.#told.set(replica, (told = new Map()));
    // The first letter of a run is as good as the last one of the same millisecond.
    if (told.has(wallMs)) return;
    told.set(wallMs, reading);
    dropOldest(told, TOLD_MAX);
    dropOldest(this.#told, REMEMBERED_MAX);
  }

  /** When a write was made, as its author told; null: it did not, or too long ago. */
  toldOf({ wallMs, replica }: Stamp): StampReading | null {
    return this.#told.get(replica)?.get(wallMs) ?? null;
  }

  /**
   * When a write of that note was really made: as its author told, else from its stamp and what the clock was set to. Null
   * where the stamp is no reading of that clock: it counts, goes on from one that was heard of, or the clock is off by what
   * nobody set here.
   */
  readingOf(noteId: NoteId, stamp: Stamp): StampReading | null {
    return this.toldOf(stamp) ?? this.#reckoned(noteId, stamp);
  }

  #reckoned(noteId: NoteId, { wallMs, replica }: Stamp): StampReading | null {
    const nowMs = this.#clock.now();
    const kindThen = (atMs: number): ClockKind => this.#kinds.get(noteId)?.findLast(({ fromMs }) => fromMs <= atMs)?.value ?? "wall";
    // Counted stamps follow on the times before them, and look like these.
    if (this.kindOf(noteId) === "lamport" || wallMs - CLOCK_OFFSET_MS_MAX - TOLERANCE_MS > nowMs) return null;
    // On which node its author was is only the author's to tell.
    if (this.#nodes.size > 0 && (this.kindOf(noteId) === "node" || kindThen(wallMs) === "node")) return null;
    if (wallMs <= nowMs + TOLERANCE_MS && kindThen(wallMs) === "node") return { writtenAtMs: wallMs, offsetMs: 0 };
    const settings = this.#settings.get(replica) ?? [];
    let best: (StampReading & { readonly missMs: number }) | null = null;
    for (const [n, { fromMs, value }] of [{ fromMs: -Infinity, value: TRUE_CLOCK }, ...settings].entries()) {
      const untilMs = settings[n]?.fromMs ?? nowMs;
      const atMs = trueTimeOf(value, wallMs);
      const missMs = Math.max(0, fromMs - atMs, atMs - untilMs);
      if (best === null || missMs <= best.missMs) best = { writtenAtMs: atMs, offsetMs: wallMs - atMs, missMs };
    }
    if (best === null || best.missMs > TOLERANCE_MS || kindThen(best.writtenAtMs) === "lamport") return null;
    return { writtenAtMs: best.writtenAtMs, offsetMs: best.offsetMs };
  }

  /** Told after each change of a clock, with whose it was. */
  subscribe(listener: (owner: ClockOwner) => void): () => void {
    return this.#off.subscribe(listener);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#off.close();
  }
}

function remember<K, T>(book: Map<K, Since<T>[]>, key: K, entry: Since<T>, most = REMEMBERED_MAX): void {
  const entries = book.get(key) ?? [];
  entries.push(entry);
  // What is forgotten counts as if it had held from the beginning.
  if (entries.length > SETTINGS_MAX) entries.shift();
  book.delete(key);
  book.set(key, entries);
  dropOldest(book, most);
}

function dropOldest<K>(book: Map<K, unknown>, most: number): void {
  for (const oldest of book.keys()) {
    if (book.size <= most) return;
    book.delete(oldest);
  }
}

function inRange(name: string, value: number, max: number): void {
  if (!(Math.abs(value) <= max)) throw new RangeError(`Invalid ${name} ${value}: expected -${max} to ${max}`);
}
