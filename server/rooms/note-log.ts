/**
 * The log of an open note on its way to the store: where it stands, and when the state that it makes is written down in its
 * place, which another thread works out while the room goes on. What fails at that leaves the log as it is.
 */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import type { Epoch, NoteId } from "../../crdt/base/ids.ts";
import type { NoteRelay, Replicated, StrategyName } from "../../crdt/strategy/strategy.ts";
import type { RoomLog } from "../../crdt/sync/room.ts";
import type { Store } from "../store/store.ts";
import { inTurns } from "./in-turns.ts";
import type { Compactor } from "./compactor.ts";

/** A log is compacted when it is this long, or as long as what it was compacted into, so that the work stays in proportion. */
const TAIL_UPDATES_MIN = 2_000;
const TAIL_BYTES_MIN = 128 * 1024;
/** A shorter log is read as fast as what it would be compacted into, whatever its bytes: a large paste is one update. */
const COMPACTED_UPDATES_MIN = 20;
/** An update of a state's log may cost this many bytes of that state to read. */
const STATE_BYTES_PER_UPDATE = 32;
/** A log of this many updates is compacted when nothing was added to it for so long: loading reads a state many times as fast as a log. */
const QUIET_UPDATES_MIN = 500;
const QUIET_MS = 1_000;
/** Who was not here for this long does not hold up the cutting of history. */
const KNOWN_MS = 30 * 24 * 60 * 60 * 1_000;

/** What the logs of all notes of a node share. */
export interface LogHost {
  readonly store: Pick<Store, "create" | "append" | "compact" | "seen">;
  readonly compactor: Pick<Compactor, "compact">;
  /** Runs `task` of that log in a later turn, unless its room has ended. */
  defer(log: NoteLog, task: () => void): void;
  /** Runs `task` in a later turn, whatever has become of any room. */
  later(task: () => void): void;
  /** Whether the store takes nothing in: it takes room to make room. */
  isHalted(): boolean;
  /** A state was handed to the store. */
  onCompacted(): void;
  onFailed(noteId: NoteId, error: unknown): void;
}

export interface NoteLogOptions {
  readonly host: LogHost;
  /** Its timers end the room when they fail, and nothing else. */
  readonly clock: Clock;
  readonly noteId: NoteId;
  /** null: the list of notes. */
  readonly strategy: StrategyName | null;
  readonly epoch: Epoch;
  /** Whether history that everybody has seen is cut off. */
  readonly cutsHistory: boolean;
  /** The note, or the list of notes, which is written down as it is. */
  readonly relay: NoteRelay | Replicated;
  /** Whether the relay is an open document, which writes its state itself: a little in each turn, where that is long. */
  readonly isDocument: boolean;
}

/** What is stored of the note when it is opened. */
export interface StoredLength {
  readonly position: number;
  readonly stateBytes: number;
  readonly updates: readonly Uint8Array[];
}

export class NoteLog implements RoomLog {
  readonly noteId: NoteId;
  readonly #options: NoteLogOptions;
  #position: number;
  #durable: number;
  /** What a compaction would take in. */
  #tailUpdates: number;
  #tailBytes: number;
  /** Of the state that the log's beginning was compacted into; while that goes on, of what it is made of. */
  #stateBytes: number;
  #isCompacting = false;
  #isDue = false;
  /** Looks whether the log has fallen quiet. */
  #cancelQuiet: CancelTimer | null = null;

  constructor(options: NoteLogOptions, { position, stateBytes, updates }: StoredLength) {
    this.noteId = options.noteId;
    this.#options = options;
    this.#position = this.#durable = position;
    this.#stateBytes = stateBytes;
    this.#tailUpdates = updates.length;
    this.#tailBytes = updates.reduce((sum, { length }) => sum + length, 0);
  }

  /** Stored, or on its way. */
  get bytes(): number {
    return this.#stateBytes + this.#tailBytes;
  }

  get isDurable(): boolean {
    return this.#durable >= this.#position;
  }

  append(update: Uint8Array): number {
    const { host, noteId, strategy, epoch } = this.#options;
    const { store } = host;
    if (this.#position === 0) store.create(noteId, strategy, epoch);
    store.append(noteId, ++this.#position, update);
    this.#tailUpdates++;
    this.#tailBytes += update.length;
    return this.#position;
  }

  durablePosition(): number {
    return this.#durable;
  }

  /** The store says that everything up to `position` is durable. */
  onSaved(position: number): void {
    this.#durable = Math.max(this.#durable, position);
  }

  /** Something was added: has the log compacted when it is long, or once it has fallen quiet. */
  onMerged(): void {
    if (this.#isLong) this.#compactSoon();
    else if (this.#tailUpdates >= QUIET_UPDATES_MIN) this.#compactWhenQuiet();
  }

  /** Nobody is there any more. */
  onLeft(): void {
    if (this.#tailUpdates >= COMPACTED_UPDATES_MIN) this.#compact();
  }

  close(): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = null;
  }

  get #isLong(): boolean {
    return (
      this.#tailUpdates >= Math.max(TAIL_UPDATES_MIN, this.#stateBytes / STATE_BYTES_PER_UPDATE) ||
      (this.#tailUpdates >= COMPACTED_UPDATES_MIN && this.#tailBytes >= Math.max(TAIL_BYTES_MIN, this.#stateBytes))
    );
  }

  #compactWhenQuiet(): void {
    const position = this.#position;
    this.#cancelQuiet ??= this.#options.clock.setTimer(QUIET_MS, () => {
      this.#cancelQuiet = null;
      if (this.#tailUpdates < QUIET_UPDATES_MIN) return;
      if (this.#position === position) this.#compact();
      else this.#compactWhenQuiet();
    });
  }

  /** In a turn of its own: what made the log long may have been a large paste, which has taken its time already. */
  #compactSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.host.defer(this, () => {
      this.#isDue = false;
      if (this.#isLong) this.#compact();
    });
  }

  #compact(): void {
    const { host, clock, noteId, strategy, cutsHistory, relay, isDocument } = this.#options;
    const { store, compactor } = host;
    if (this.#isCompacting || host.isHalted()) return;
    const position = this.#position;
    this.#stateBytes += this.#tailBytes;
    this.#tailUpdates = this.#tailBytes = 0;
    const keep = (state: Uint8Array): void => {
      this.#stateBytes = state.length;
      store.compact(noteId, position, state);
      host.onCompacted();
    };
    const steps = isDocument ? (relay.sinceInSteps?.(EMPTY_BYTES) ?? null) : null;
    const begun = steps?.next();
    if (begun?.done === true) {
      keep(begun.value);
      return;
    }
    if (strategy === null || !("document" in relay) || (isDocument && steps === null) || relay.state !== undefined) {
      keep(("state" in relay ? relay.state?.() : undefined) ?? relay.since(EMPTY_BYTES));
      return;
    }
    this.#isCompacting = true;
    const version = relay.version();
    const elsewhere = async (): Promise<Uint8Array> => {
      const pieces = piecesOf(relay);
      return compactor.compact(strategy, pieces, cutsHistory ? await store.seen(noteId, clock.now() - KNOWN_MS) : null);
    };
    (steps === null ? elsewhere() : inTurns(steps, (task) => host.later(task)))
      .then(
        (state) => {
          relay.rebase?.(state, version);
          keep(state);
        },
        // The log is whole and stays; the next compaction tries again.
        (error: unknown) => host.onFailed(noteId, error),
      )
      .finally(() => (this.#isCompacting = false));
  }
}

/** What a document of the whole note is made of, in order. */
export function piecesOf(relay: NoteRelay): readonly Uint8Array[] {
  return relay.pieces?.(EMPTY_BYTES) ?? [relay.since(EMPTY_BYTES)];
}
