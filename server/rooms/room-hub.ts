/**
 * The rooms of this node: opens each on what the store has, keeps it while somebody is in it and a while longer,
 * and writes its state down when the log behind it has grown. Nothing syncs before the note is loaded.
 */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, mintEpoch, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { Tracer } from "../../crdt/base/journal.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { loadStrategy, STOCK_STRATEGY_NAME } from "../../crdt/strategy/registry.ts";
import type { Loss, Replica, Replicated, StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { Room } from "../../crdt/sync/room.ts";
import type { Store, StoredNote } from "../store/store.ts";

/** How long an empty room stays in memory, unless said otherwise. */
const LINGER_MS = 30_000;
/** With more rooms than these in memory, empty ones stay this long only. */
const CROWDED_ROOMS = 1_000;
const CROWDED_LINGER_MS = 2_000;
/** A log this long, or this large, is compacted. */
const TAIL_UPDATES_MAX = 500;
const TAIL_BYTES_MAX = 256 * 1024;

export interface RoomHubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly tracer: Tracer;
  /** This process as a replica. */
  readonly nodeReplica: ReplicaId;
  /** How long an empty room stays in memory. */
  readonly lingerMs?: number;
  onMerged(room: OpenRoom): void;
  onLosses(room: OpenRoom, losses: readonly Loss[]): void;
}

/** A room and what the hub knows of it. */
export interface OpenRoom {
  readonly room: Room;
  /** null: the list of notes. */
  readonly strategy: StrategyName | null;
  /** The note's text, where it has one. */
  readonly replica: Replica | null;
}

/** Where a room's log stands. */
interface LogState {
  position: number;
  durable: number;
  /** What a compaction would take in. */
  tailUpdates: number;
  tailBytes: number;
  /** Of the snapshot that the tail comes after. */
  snapshotBytes: number;
}

interface Held extends OpenRoom {
  readonly log: LogState;
  cancelUnload: CancelTimer | null;
}

export class RoomHub {
  readonly #options: RoomHubOptions;
  readonly #opening = new Map<NoteId, Promise<Held>>();
  readonly #rooms = new Map<NoteId, Held>();
  #catalog: Catalog | null = null;
  #closed: string | null = null;

  constructor(options: RoomHubOptions) {
    this.#options = options;
  }

  /** The list of notes as this node has it. Open the catalog's room first. */
  get catalog(): Catalog {
    if (this.#catalog === null) throw new RangeError("The catalog is not open: await open(CATALOG_NOTE_ID) first");
    return this.#catalog;
  }

  /** Rooms in memory. */
  get size(): number {
    return this.#rooms.size;
  }

  /** What is stored of a note, in bytes; 0 while its room is not open. */
  bytesOf(noteId: NoteId): number {
    const log = this.#rooms.get(noteId)?.log;
    return log === undefined ? 0 : log.snapshotBytes + log.tailBytes;
  }

  rooms(): Iterable<OpenRoom> {
    return this.#rooms.values();
  }

  find(noteId: NoteId): OpenRoom | null {
    return this.#rooms.get(noteId) ?? null;
  }

  /** The strategy that `noteId` has or is listed with; null when nobody has made it yet. */
  async strategyOf(noteId: NoteId): Promise<StrategyName | null> {
    const open = this.#rooms.get(noteId);
    if (open?.room.isNote === true) return open.strategy;
    const stored = await this.#options.store.find(noteId);
    return stored?.strategy ?? this.catalog.find(noteId)?.strategy ?? null;
  }

  /**
   * The room of a note. One that nobody has made yet gets the strategy that it is listed with, else `wanted`,
   * else the one that stock clients speak. Rejects when the store does, or when the hub is closed.
   */
  async open(noteId: NoteId, wanted: StrategyName | null = null): Promise<OpenRoom> {
    const held = this.#rooms.get(noteId) ?? (await this.#openOnce(noteId, wanted));
    held.cancelUnload?.();
    held.cancelUnload = null;
    this.#lingerIfEmpty(held);
    return held;
  }

  /** A session of this room has ended. */
  left(noteId: NoteId): void {
    const held = this.#rooms.get(noteId);
    if (held !== undefined) this.#lingerIfEmpty(held);
  }

  /** The store says that everything up to `position` is durable. */
  onSaved(noteId: NoteId, position: number): void {
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    held.log.durable = Math.max(held.log.durable, position);
    held.room.onSaved(held.log.durable);
  }

  /** Ends a room in which something of ours went wrong; the next session opens it anew from the store. */
  abandon(noteId: NoteId): void {
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    this.#forget(held);
    held.room.close(CLOSE.internalError, "The room failed");
  }

  /** Ends every room. Nothing opens after this. */
  close(code: number, reason: string): void {
    this.#closed = reason;
    for (const held of this.#rooms.values()) {
      held.room.close(code, reason);
      this.#compact(held, 1);
      this.#forget(held);
    }
  }

  #openOnce(noteId: NoteId, wanted: StrategyName | null): Promise<Held> {
    let opening = this.#opening.get(noteId);
    if (opening === undefined) {
      opening = this.#load(noteId, wanted).finally(() => this.#opening.delete(noteId));
      this.#opening.set(noteId, opening);
    }
    return opening;
  }

  async #load(noteId: NoteId, wanted: StrategyName | null): Promise<Held> {
    const stored = await this.#options.store.load(noteId);
    const isCatalog = noteId === CATALOG_NOTE_ID;
    const name = isCatalog ? null : (stored?.strategy ?? this.catalog.find(noteId)?.strategy ?? wanted ?? STOCK_STRATEGY_NAME);
    const strategy = name === null ? null : await loadStrategy(name);
    if (this.#closed !== null) throw new Error(this.#closed);
    const { clock, nodeReplica: replica } = this.#options;
    const state = stored?.snapshot ?? undefined;
    const options = { replica, clock, ...(state === undefined ? {} : { state }) };
    const note = strategy?.open(options) ?? null;
    if (note === null) this.#catalog = new Catalog(options);
    const copy: Replicated = note ?? this.catalog;
    for (const update of stored?.updates ?? []) copy.receive(update);
    const held = this.#hold(noteId, name, note, copy, stored);
    this.#rooms.set(noteId, held);
    return held;
  }

  #hold(noteId: NoteId, strategy: StrategyName | null, note: Replica | null, copy: Replicated, stored: StoredNote | null): Held {
    const { store, clock, prng, tracer, nodeReplica } = this.#options;
    const epoch = stored?.epoch ?? mintEpoch(prng);
    const updates = stored?.updates ?? [];
    const position = stored?.position ?? 0;
    const tailBytes = updates.reduce((sum, { length }) => sum + length, 0);
    const log: LogState = {
      position,
      durable: position,
      tailUpdates: updates.length,
      tailBytes,
      snapshotBytes: stored?.snapshot?.length ?? 0,
    };
    const room = new Room({
      noteId,
      replica: copy,
      epoch,
      nodeReplica,
      clock,
      tracer,
      log: {
        append: (update) => {
          if (log.position === 0) store.create(noteId, strategy, epoch);
          store.append(noteId, ++log.position, update);
          log.tailUpdates++;
          log.tailBytes += update.length;
          return log.position;
        },
        durablePosition: () => log.durable,
      },
      onMerged: () => {
        if (log.tailUpdates >= TAIL_UPDATES_MAX || log.tailBytes >= TAIL_BYTES_MAX) this.#compact(held, 1);
        this.#options.onMerged(held);
      },
      onLosses: (losses) => this.#options.onLosses(held, losses),
    });
    const held: Held = { room, strategy, replica: note, log, cancelUnload: null };
    return held;
  }

  #lingerIfEmpty(held: Held): void {
    if (held.room.sessionCount > 0 || held.replica === null || this.#closed !== null) return;
    const { lingerMs: wantedMs = LINGER_MS } = this.#options;
    const lingerMs = this.#rooms.size > CROWDED_ROOMS ? Math.min(CROWDED_LINGER_MS, wantedMs) : wantedMs;
    held.cancelUnload ??= this.#options.clock.setTimer(lingerMs, () => {
      held.cancelUnload = null;
      if (held.room.sessionCount > 0) return;
      this.#compact(held, 20);
      this.#forget(held);
      held.room.close(CLOSE.goingAway, "Unloaded");
    });
  }

  #compact(held: Held, updatesMin: number): void {
    if (held.log.tailUpdates < updatesMin) return;
    const state = held.room.replica.since(EMPTY_BYTES);
    held.log.tailUpdates = held.log.tailBytes = 0;
    held.log.snapshotBytes = state.length;
    this.#options.store.compact(held.room.noteId, held.log.position, state);
  }

  #forget(held: Held): void {
    held.cancelUnload?.();
    held.cancelUnload = null;
    if (this.#rooms.get(held.room.noteId) === held) this.#rooms.delete(held.room.noteId);
  }
}
