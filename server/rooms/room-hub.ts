/**
 * The rooms of this node: opens each on what the store has, keeps it while somebody is in it and a while longer,
 * and has its state written down anew when the log behind it has grown. Nothing syncs before the note is loaded, and
 * no document is built to relay; the ones that were built for something else are let go when nobody needs them.
 */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import type { Birth } from "../../crdt/cluster/birth.ts";
import type { OrderSeat } from "../../crdt/cluster/order-seat.ts";
import { CATALOG_NOTE_ID, mintEpoch, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { Tracer } from "../../crdt/base/journal.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { loadNodeStrategy, STOCK_STRATEGY_NAME } from "../../crdt/strategy/registry.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { LockChange, Loss, NoteRelay, Replica, Replicated, Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE, withRetryHint } from "../../crdt/sync/close-codes.ts";
import { Room } from "../../crdt/sync/room.ts";
import { DamagedNoteError, type Store, type StoredNote, type StoreTrouble } from "../store/store.ts";
import { DAMAGED, READ_ONLY } from "./words.ts";
import type { Compactor } from "./compactor.ts";
import { factsOf, type NoteFacts } from "./note-facts.ts";
import { NoteElsewhere } from "./note-elsewhere.ts";
import { inTurns } from "./in-turns.ts";
import { type LogHost, NoteLog, piecesOf } from "./note-log.ts";

/** How long an empty room stays in memory, unless said otherwise: a page is reloaded faster, and opening a room builds nothing. */
const LINGER_MS = 5_000;
/** With more rooms than these in memory, empty ones stay this long only. */
const CROWDED_ROOMS = 1_000;
const CROWDED_LINGER_MS = 2_000;
/** How long a document stays open after it was last asked for, within a factor of two. */
const DOCUMENT_MS = 10_000;
/** A note that takes more is hashed in another thread. */
const FACTS_BYTES_MAX = 16 * 1024;
export interface RoomHubOptions {
  readonly store: Store;
  readonly compactor: Pick<Compactor, "compact" | "look" | "since" | "news">;
  readonly clock: Clock;
  /** What this node stamps with in notes and in their list; left out: the clock. */
  readonly wall?: Pick<Clock, "now">;
  readonly prng: Prng;
  readonly tracer: Tracer;
  /** This process as a replica. */
  readonly nodeReplica: ReplicaId;
  /** How long an empty room stays in memory. */
  readonly lingerMs?: number;
  /** For how long a writer holds a note's lock, where there is one. */
  readonly lockTtlMs?: number | undefined;
  /** Whether history that everybody has seen is cut off when a note is compacted, where the strategy can. */
  readonly cutsHistory?: boolean;
  /** Runs `task` at the end of this turn of the event loop. */
  defer(task: () => void): void;
  /** `isOfPeer`: it came from another node. */
  onMerged(room: OpenRoom, isOfPeer: boolean): void;
  /** More of a room's log is durable. */
  onDurable?(room: OpenRoom): void;
  onLosses(room: OpenRoom, losses: readonly Loss[]): void;
  /** What the note begins with, as the nodes have agreed; `wanted` is what it becomes if none has it. Without it, and where it gives null, this node decides. */
  agree?(noteId: NoteId, wanted: StrategyName | null): Promise<Birth | null>;
  /** This node's part in the order of an ordered note; without it this node orders, and its log is the note's. */
  orderOf?(noteId: NoteId, strategy: StrategyName): Promise<OrderSeat>;
  /** A room has left the memory. */
  onForgotten?(noteId: NoteId): void;
  /** Something of ours went wrong in this room alone: it has ended, or its log stays as long as it is. */
  onProblem(noteId: NoteId, what: string, error: unknown): void;
}

/** A room and what the hub knows of it. */
export interface OpenRoom {
  readonly room: Room;
  /** null: the list of notes. */
  readonly strategy: StrategyName | null;
  /** The note's text as a document, built if none is open; null for the list of notes, and when it cannot be built, which ends the room. */
  readonly document: () => Replica | null;
  /** The same, or the list of notes. */
  readonly copy: () => Replicated | null;
  /** What there is to say of the note now: at once where its document is at hand or the note is short. Rejects when it makes no document. */
  readonly facts: () => NoteFacts | Promise<NoteFacts> | null;
  /** As `NoteRelay.changeLock`; what it throws ends the room alone. */
  readonly changeLock: (change: LockChange) => boolean;
}

/** What other nodes have a part in; null: this one alone. */
interface Origin {
  readonly birth: Birth | null;
  readonly seat: OrderSeat | null;
}

interface Held extends OpenRoom {
  /** See `guardedClock`. */
  readonly clock: Clock;
  readonly log: NoteLog;
  readonly relay: NoteRelay | null;
  documentUsedAtMs: number;
  cancelUnload: CancelTimer | null;
}

/** A class, since there are two for each of thousands of rooms. */
class GuardedClock implements Clock {
  readonly #hub: Pick<RoomHub, "guard">;
  readonly #noteId: NoteId;
  readonly #clock: Clock;

  constructor(hub: Pick<RoomHub, "guard">, noteId: NoteId, clock: Clock) {
    this.#hub = hub;
    this.#noteId = noteId;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, task: () => void): CancelTimer {
    return this.#clock.setTimer(delayMs, () => this.#hub.guard(this.#noteId, task));
  }
}

/** What a hub has done since it was made. */
export interface HubCounts {
  readonly rooms: number;
  /** Documents that were built. */
  readonly documentsOpened: number;
  readonly compactions: number;
  /** Notes that are damaged, and closed to everybody. */
  readonly quarantined: number;
}

export class RoomHub {
  readonly #options: RoomHubOptions;
  readonly #opening = new Map<NoteId, Promise<Held>>();
  readonly #rooms = new Map<NoteId, Held>();
  #catalog: Catalog | null = null;
  #closed: string | null = null;
  /** Why nothing is taken in at the moment. */
  #readOnly: string | null = null;
  /** Notes whose stored bytes are not what was written. They are not read again, and never written. */
  readonly #quarantined = new Map<NoteId, DamagedNoteError>();
  #documentsOpened = 0;
  #compactions = 0;
  #cancelDocuments: CancelTimer | null = null;

  readonly #logHost: LogHost;
  /** What this node stamps with; its timers are the clock's. */
  readonly #wall: Clock;

  constructor(options: RoomHubOptions) {
    this.#options = options;
    const { store, compactor, clock, wall = clock } = options;
    this.#wall = { now: () => wall.now(), setTimer: (delayMs, task) => clock.setTimer(delayMs, task) };
    this.#logHost = {
      store,
      compactor,
      defer: (log, task) =>
        options.defer(() => {
          const { noteId } = log;
          if (this.#rooms.get(noteId)?.log === log) this.guard(noteId, task);
        }),
      later: (task) => options.defer(() => this.#closed === null && task()),
      isHalted: () => this.#readOnly !== null,
      onCompacted: () => this.#compactions++,
      onFailed: (noteId, error) => this.#closed === null && options.onProblem(noteId, "A log could not be compacted", error),
    };
  }

  get counts(): HubCounts {
    return {
      rooms: this.#rooms.size,
      documentsOpened: this.#documentsOpened,
      compactions: this.#compactions,
      quarantined: this.#quarantined.size,
    };
  }

  /** Why nothing is taken in at the moment, in words for people; null: everything is. */
  get readOnly(): string | null {
    return this.#readOnly;
  }

  /** The list of notes as this node has it; an empty one when it is damaged. Open the catalog's room first. */
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
    return this.#rooms.get(noteId)?.log.bytes ?? 0;
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
   * else the one that stock clients speak. Rejects when the store does, or when the hub is closed; with DamagedNoteError
   * when what is stored of it cannot be read.
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
    held.log.onSaved(position);
    this.guard(noteId, () => held.room.onSaved(held.log.durablePosition()));
    this.#options.onDurable?.(held);
  }

  /** The store says that nothing becomes durable for now; null: it does again. What has been taken in waits there. */
  setTrouble(trouble: StoreTrouble | null): void {
    this.#readOnly = trouble === null ? null : READ_ONLY[trouble.kind];
    for (const { room } of this.#rooms.values()) this.guard(room.noteId, () => room.setReadOnly(this.#readOnly));
  }

  /** Closes a damaged note to everybody, until somebody has seen to it and the process starts again. What is stored stays. */
  quarantine(noteId: NoteId, error: DamagedNoteError): void {
    if (this.#quarantined.has(noteId)) return;
    this.#quarantined.set(noteId, error);
    this.#options.onProblem(noteId, "A note is damaged and was closed; what is stored of it was left as it is", error);
    if (noteId === CATALOG_NOTE_ID) {
      // Notes are found by their addresses all the same.
      this.#catalog = new Catalog({ replica: this.#options.nodeReplica, clock: this.#wall });
    }
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    this.#forget(held);
    held.room.close(CLOSE.noteDamaged, DAMAGED);
  }

  /** Runs `task` of that room. What it throws is a bug of ours: it ends this room and no other. */
  guard(noteId: NoteId, task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#options.onProblem(noteId, "A room failed", error);
      this.abandon(noteId);
    }
  }

  /** Ends a room that is to be opened anew from what is stored: its clients come back at once. */
  reopen(noteId: NoteId, reason: string): void {
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    this.#forget(held);
    held.room.close(CLOSE.restarting, withRetryHint(reason, 100));
  }

  /** Ends a room in which something went wrong; what is stored is sound, and the next session opens it anew from there. */
  abandon(noteId: NoteId): void {
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    this.#forget(held);
    held.room.close(CLOSE.internalError, "The room failed");
  }

  /** Ends every room. Nothing opens after this. */
  close(code: number, reason: string): void {
    this.#closed = reason;
    this.#cancelDocuments?.();
    this.#cancelDocuments = null;
    for (const held of this.#rooms.values()) {
      held.room.close(code, reason);
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
    const known = this.#quarantined.get(noteId);
    if (known !== undefined) throw known;
    const stored = await this.#options.store.load(noteId).catch((error: unknown) => this.#refuse(noteId, error));
    const isCatalog = noteId === CATALOG_NOTE_ID;
    const fallback = isCatalog ? null : (stored?.strategy ?? this.#catalog?.find(noteId)?.strategy ?? wanted ?? STOCK_STRATEGY_NAME);
    const birth = (await this.#options.agree?.(noteId, fallback)) ?? null;
    const name = birth === null ? fallback : birth.strategy;
    const strategy = name === null ? null : await loadNodeStrategy(name);
    const isSeated = strategy?.traits.isOrdered === true && this.#options.orderOf !== undefined;
    const seat = isSeated ? await this.#options.orderOf!(noteId, strategy.name) : null;
    if (this.#closed !== null) throw new Error(this.#closed);
    const held = this.#holdIntact(noteId, strategy, stored, { birth, seat });
    await this.#prepare(held).catch((error: unknown) => this.#refuse(noteId, damage(noteId, error)));
    if (this.#closed !== null) throw new Error(this.#closed);
    held.room.setReadOnly(this.#readOnly);
    this.#rooms.set(noteId, held);
    seat?.attach(held.room);
    return held;
  }

  /** A room on bytes that do not make a note is never opened: what it would be written over with is not the note. */
  #holdIntact(noteId: NoteId, strategy: Strategy | null, stored: StoredNote | null, of: Origin): Held {
    try {
      return this.#hold(noteId, strategy, stored, of);
    } catch (error) {
      return this.#refuse(noteId, damage(noteId, error));
    }
  }

  /** Where a note is kept as a document, that is built before anybody enters, a little in each turn. Rejects when it cannot be. */
  async #prepare({ relay }: Held): Promise<void> {
    const step = relay?.prepare?.(null) ?? null;
    if (step === null) return;
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        try {
          if (step()) resolve();
          else this.#options.defer(next);
        } catch (error) {
          reject(error as Error);
        }
      };
      this.#options.defer(next);
    });
  }

  #refuse(noteId: NoteId, error: unknown): never {
    if (error instanceof DamagedNoteError) this.quarantine(noteId, error);
    throw error;
  }

  #hold(noteId: NoteId, strategy: Strategy | null, stored: StoredNote | null, { birth, seat }: Origin): Held {
    const { store, compactor, clock, prng, tracer, nodeReplica } = this.#options;
    const guarded = this.#guardClock(noteId);
    // What one order has decided is kept with the order.
    const state = seat === null ? (stored?.snapshot ?? undefined) : undefined;
    const updates = seat?.updates ?? stored?.updates ?? [];
    const options = { replica: nodeReplica, clock: this.#wall, ...(state === undefined ? {} : { state }) };
    const relay =
      strategy === null
        ? null
        : openRelay(strategy, {
            ...options,
            clock: this.#guardClock(noteId, this.#wall),
            updates,
            onDocumentOpened: () => this.#documentsOpened++,
            authority: seat?.authority,
            lockTtlMs: this.#options.lockTtlMs,
            handOver: (proposal) => seat?.handOver(proposal) ?? false,
            onOwnEntry: (entry) => void this.#rooms.get(noteId)?.room.commit(entry),
          });
    if (relay === null) {
      const catalog = new Catalog(options);
      for (const update of updates) catalog.receive(update);
      // Nobody waits yet: the first who asks for all of a long list would.
      catalog.since(EMPTY_BYTES);
      this.#catalog = catalog;
    }
    const name = strategy?.name ?? null;
    const epoch = birth?.epoch ?? stored?.epoch ?? mintEpoch(prng);
    const position = seat?.log.durablePosition() ?? stored?.position ?? 0;
    const isDocument = strategy?.openRelay === undefined;
    const defer = (task: () => void): void => this.#options.defer(() => this.guard(noteId, task));
    const log = new NoteLog(
      {
        host: this.#logHost,
        clock: guarded,
        noteId,
        strategy: name,
        epoch,
        cutsHistory: this.#cuts(strategy),
        relay: relay ?? this.catalog,
        isDocument,
      },
      { position, stateBytes: state?.length ?? 0, updates },
    );
    const room = new Room({
      noteId,
      relay: relay ?? this.catalog,
      isOrdered: strategy?.traits.isOrdered ?? false,
      merge: strategy?.merge,
      refuseExcess: strategy?.refuseExcess,
      epoch,
      isBorn: birth !== null,
      nodeReplica,
      clock: guarded,
      tracer,
      defer,
      elsewhere: relay === null || name === null ? null : new NoteElsewhere({ compactor, strategy: name, relay, defer }),
      log: seat?.log ?? log,
      onMerged: (_update, _position, isOfPeer) => {
        if (seat === null) log.onMerged();
        this.#options.onMerged(held, isOfPeer);
      },
      onLosses: (losses) => this.#options.onLosses(held, losses),
      onVersion: (replica, version) => {
        if (this.#cuts(strategy)) store.putSeen(noteId, replica, version.slice(), clock.now());
      },
    });
    const document = (): Replica | null => (relay === null ? null : this.#document(held));
    const copy = (): Replicated | null => (relay === null ? this.catalog : document());
    const facts = (): NoteFacts | Promise<NoteFacts> | null => {
      // Of half an update nothing can be said that would be true of any copy.
      if (room.isTakingIn) return null;
      if (log.bytes > FACTS_BYTES_MAX && relay !== null && name !== null) {
        const steps = relay.sinceInSteps?.(EMPTY_BYTES) ?? null;
        if (steps === null) return compactor.look(name, piecesOf(relay));
        return inTurns(steps, (task) => this.#options.defer(task)).then((state) => compactor.look(name, [state]));
      }
      const one = copy();
      return one === null ? null : factsOf(one);
    };
    const held: Held = {
      room,
      strategy: name,
      relay,
      clock: guarded,
      log,
      document,
      copy,
      facts,
      changeLock: (change) => {
        let isTaken = false;
        this.guard(noteId, () => (isTaken = relay?.changeLock?.(change) ?? false));
        return isTaken;
      },
      documentUsedAtMs: 0,
      cancelUnload: null,
    };
    return held;
  }

  /** The clock, with timers whose failure ends that room alone. One for all of an open room. */
  guardedClock(noteId: NoteId): Clock {
    return this.#rooms.get(noteId)?.clock ?? this.#guardClock(noteId);
  }

  #guardClock(noteId: NoteId, clock = this.#options.clock): Clock {
    return new GuardedClock(this, noteId, clock);
  }

  #document(held: Held): Replica | null {
    const { clock } = this.#options;
    held.documentUsedAtMs = clock.now();
    if (this.#closed === null) this.#cancelDocuments ??= clock.setTimer(DOCUMENT_MS, () => this.#dropDocuments());
    let document: Replica | null = null;
    this.guard(held.room.noteId, () => (document = held.relay?.document() ?? null));
    return document;
  }

  #dropDocuments(): void {
    const { clock } = this.#options;
    this.#cancelDocuments = null;
    const beforeMs = clock.now() - DOCUMENT_MS;
    let isSomeUsed = false;
    for (const { relay, documentUsedAtMs } of this.#rooms.values()) {
      if (relay === null || !relay.isDocumentOpen) continue;
      if (documentUsedAtMs <= beforeMs) relay.dropDocument();
      else isSomeUsed = true;
    }
    if (isSomeUsed) this.#cancelDocuments = clock.setTimer(DOCUMENT_MS, () => this.#dropDocuments());
  }

  #lingerIfEmpty(held: Held): void {
    if (held.room.sessionCount > 0 || held.relay === null || this.#closed !== null) return;
    const { clock, lingerMs: wantedMs = LINGER_MS } = this.#options;
    const lingerMs = this.#rooms.size > CROWDED_ROOMS ? Math.min(CROWDED_LINGER_MS, wantedMs) : wantedMs;
    held.cancelUnload ??= clock.setTimer(lingerMs, () => {
      held.cancelUnload = null;
      if (held.room.sessionCount > 0) return;
      // The store could not tell anybody else what waits there.
      if (!held.log.isDurable) return this.#lingerIfEmpty(held);
      held.log.onLeft();
      this.#forget(held);
      held.room.close(CLOSE.goingAway, "Unloaded");
    });
  }

  #cuts(strategy: Pick<Strategy, "cutHistory"> | null): boolean {
    return this.#options.cutsHistory === true && strategy?.cutHistory !== undefined;
  }

  #forget(held: Held): void {
    held.cancelUnload?.();
    held.cancelUnload = null;
    held.log.close();
    if (this.#rooms.get(held.room.noteId) !== held) return;
    this.#rooms.delete(held.room.noteId);
    this.#options.onForgotten?.(held.room.noteId);
  }
}

function damage(noteId: NoteId, error: unknown): DamagedNoteError {
  return new DamagedNoteError(`What is stored of ${noteId} makes no note: ${String(error)}`, { cause: error });
}
