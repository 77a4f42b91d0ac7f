/**
 * One replicated thing on one device: the replica, its local store and its provider, kept in step. A local
 * edit is stored before it is sent; what the node has on disk is compacted away. The one hub of this side:
 * editors and pages subscribe here.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import { type Epoch, type NoteId, type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import type { Splice } from "../base/splice.ts";
import type { Connect } from "../network/transport.ts";
import type { Replica, Replicated } from "../strategy/strategy.ts";
import { PRESENCE_GHOST_MS } from "./limits.ts";
import { type LocalStore, StorageError } from "./local-store.ts";
import type { PieceProgress } from "./pieces.ts";
import { PresenceTable } from "./presence.ts";
import { Provider, type ProviderPeer, type ProviderState } from "./provider.ts";

/** How long changes may gather before the local state is written anew. */
const COMPACT_AFTER_MS = 1_000;
/** A stock client forgets a presence that was not renewed for 30 s. */
const PRESENCE_RENEWAL_MS = 15_000;

/** What a session asks of its copy: anything replicated, and of ordered notes what became of own edits. */
export type Held = Replicated & Pick<Replica, "unconfirmed" | "pause">;

export interface ReplicaSessionOptions<R extends Held> {
  readonly noteId: NoteId;
  readonly replicaId: ReplicaId;
  /** Opens the replica on a stored state, or anew. */
  open(state: Uint8Array | undefined): R;
  /** What is worth keeping of a replica that must be given up; null: nothing. */
  draftOf(replica: R): string | null;
  /** Joins updates into one that says the same, where the strategy can. */
  readonly merge?: ((updates: readonly Uint8Array[]) => Uint8Array) | undefined;
  readonly connect: Connect;
  readonly store: LocalStore;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly tracer: Tracer;
}

export type SessionChange =
  | { readonly kind: "remote"; readonly splices: readonly Splice[] }
  | { readonly kind: "local" }
  | { readonly kind: "status" }
  | { readonly kind: "presence" }
  /** The replica is another one now: read everything anew. */
  | { readonly kind: "reset" };

export interface SessionStatus {
  readonly isLoaded: boolean;
  readonly connection: ProviderState;
  /** Local edits that the node has not acknowledged as durable; of an ordered note, those that are not committed. */
  readonly unsaved: number;
  /** Local edits that are on their way into this device's storage. */
  readonly unstored: number;
  /** Whether local edits reach this device's storage. */
  readonly storage: "ok" | "full" | "missing";
  readonly refusal: string | null;
  /** Why the node hung up and will be asked again. */
  readonly interruption: string | null;
  /** Text of a replica that had to be given up with unsaved edits in it. */
  readonly draft: string | null;
  /** Why own edits of an ordered note are not being committed, in one sentence; null when nothing stands against it. */
  readonly pause: string | null;
  readonly epoch: Epoch | null;
  readonly roundTripMs: number | null;
  readonly retryAtMs: number | null;
  /** How much of a large answer has come in; null when none is coming. */
  readonly loading: PieceProgress | null;
  /** When the node last acknowledged something. */
  readonly savedAtMs: number | null;
}

export class ReplicaSession<R extends Held> {
  readonly presence: PresenceTable;
  readonly #options: ReplicaSessionOptions<R>;
  readonly #provider: Provider;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  #replica: R;
  #status: SessionStatus;
  #epoch: Epoch | null = null;
  /** Local edits, those that waited in the store included; how many of them are stored, and saved by the node. */
  #edits = 0;
  #stored = 0;
  #saved = 0;
  /** Stored and not yet handed to the provider; each is sent once all before it are stored. */
  #outbox: { readonly edit: number; readonly update: Uint8Array }[] = [];
  /** Edits whose store call has settled while an earlier one's has not. */
  readonly #storedEarly = new Set<number>();
  /** Run once nothing waits for the store. */
  #waiters: (() => void)[] = [];
  /** Counts replicas, so that what was stored for one given up counts for nothing. */
  #generation = 0;
  #isLoaded = false;
  #isClosed = false;
  #storage: SessionStatus["storage"] = "ok";
  #draft: string | null = null;
  #savedAtMs: number | null = null;
  #ownState: unknown = null;
  #cancelCompaction: CancelTimer | null = null;
  #cancelRenewal: CancelTimer | null = null;

  constructor(options: ReplicaSessionOptions<R>) {
    this.#options = options;
    this.#replica = options.open(undefined);
    this.presence = new PresenceTable(options.clock);
    const { noteId, replicaId, connect, clock, prng, tracer } = options;
    this.#provider = new Provider({ noteId, replicaId, connect, clock, prng: prng.stream("provider"), tracer, peer: this.#peer() });
    this.#status = this.#readStatus();
  }

  /** The copy itself. Edit it only through its owner, which then calls `commit`. */
  get replica(): R {
    return this.#replica;
  }

  /** Loads what this device has, then connects. Without storage it goes on from nothing, and says so. */
  async start(): Promise<void> {
    try {
      const { epoch, state, received, unsaved } = await this.#options.store.load();
      if (this.#isClosed) return;
      const replica = this.#options.open(state ?? undefined);
      for (const update of [...received, ...unsaved]) replica.receive(update);
      this.#replica = replica;
      this.#epoch = epoch;
      this.#edits = this.#stored = unsaved.length;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#storage = error.kind;
    }
    if (this.#isClosed) return;
    this.#isLoaded = true;
    this.#emit({ kind: "reset" });
    this.#changed();
    this.#provider.start();
    this.#renewPresence();
  }

  /**
   * After a local change of the replica: stores `update`, then sends it.
   * @throws RangeError before `start` has loaded the replica, whose stored state would be lost under the edit.
   */
  commit(update: Uint8Array): void {
    if (!this.#isLoaded) throw new RangeError("The replica is not loaded: await start() before editing");
    if (update.length === 0) return;
    const edit = ++this.#edits;
    this.#outbox.push({ edit, update });
    const generation = this.#generation;
    const settled = (storage: SessionStatus["storage"]): void => {
      if (generation === this.#generation) this.#onStored(edit, storage);
    };
    this.#options.store.put(edit, update).then(
      () => settled("ok"),
      (error: unknown) => settled(error instanceof StorageError ? error.kind : "missing"),
    );
    this.#emit({ kind: "local" });
    this.#changed();
    this.#compactSoon();
  }

  /** Told of every change until the returned function is called. */
  subscribe(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The same object until something in it changes. */
  status(): SessionStatus {
    return this.#status;
  }

  /** What others see of this replica; null: left. */
  setPresence(state: unknown): void {
    this.#ownState = state;
    this.#provider.sendPresence(this.presence.setLocal(replicaNumber(this.#options.replicaId), state));
  }

  retryNow(): void {
    this.#provider.retryNow();
  }

  /** Writes the local state a last time and ends. No timer is left. */
  close(): void {
    if (this.#isClosed) return;
    this.setPresence(null);
    this.#isClosed = true;
    this.#cancelRenewal?.();
    if (this.#cancelCompaction !== null) {
      this.#cancelCompaction();
      this.#compact();
    }
    this.#provider.close();
    this.#listeners.clear();
  }

  #peer(): ProviderPeer {
    return {
      epoch: () => this.#epoch,
      onEpoch: (epoch) => {
        this.#epoch = epoch;
        this.#changed();
        // What is stored from now on belongs to this history.
        this.#compact();
      },
      onForeignEpoch: () => this.#startAfresh(),
      version: () => this.#replica.version(),
      since: (version) => this.#replica.since(version),
      merge: this.#options.merge ?? null,
      editCount: () => this.#edits,
      whenStored: (task) => this.#whenStored(task),
      onUpdate: (update) => {
        const { splices, forward, reply, isWaiting } = this.#replica.receive(update);
        if (forward !== null) {
          this.#keep(update);
          this.#trace({ kind: "applied", splices });
          this.#emit({ kind: "remote", splices });
          this.#compactSoon();
        }
        if (reply !== null) this.#answer(reply);
        this.#changed();
        return !isWaiting;
      },
      onPresence: (update) => {
        const { added, updated, removed } = this.presence.apply(update);
        this.presence.forgetGone(PRESENCE_GHOST_MS);
        if (added.length + updated.length + removed.length > 0) this.#emit({ kind: "presence" });
      },
      presence: () => (this.#ownState === null ? null : this.presence.setLocal(replicaNumber(this.#options.replicaId), this.#ownState)),
      onSaved: (edit) => {
        this.#saved = Math.max(this.#saved, edit);
        this.#savedAtMs = this.#options.clock.now();
        this.#changed();
        this.#compactSoon();
      },
      onState: () => this.#changed(),
    };
  }

  #whenStored(task: () => void): void {
    if (this.#stored >= this.#edits) task();
    else this.#waiters.push(task);
  }

  /** What the copy says to a refusal. It speaks of edits, so they are stored first ([UP4]). */
  #answer(reply: Uint8Array): void {
    this.#compactSoon();
    const generation = this.#generation;
    this.#whenStored(() => generation === this.#generation && this.#provider.send(reply, this.#edits));
  }

  #onStored(edit: number, storage: SessionStatus["storage"]): void {
    this.#storage = storage;
    this.#storedEarly.add(edit);
    while (this.#storedEarly.delete(this.#stored + 1)) this.#stored++;
    for (let [first] = this.#outbox; first !== undefined && first.edit <= this.#stored; [first] = this.#outbox) {
      this.#outbox.shift();
      this.#provider.send(first.update, first.edit);
    }
    if (this.#stored === this.#edits) for (const task of this.#waiters.splice(0)) task();
    this.#changed();
  }

  /** Two histories are never merged: unsaved work becomes a draft, and the replica begins again empty. */
  #startAfresh(): void {
    if (this.#readStatus().unsaved > 0) this.#draft = this.#options.draftOf(this.#replica) ?? this.#draft;
    this.#replica = this.#options.open(undefined);
    this.#epoch = null;
    this.#edits = this.#stored = this.#saved = 0;
    this.#outbox = [];
    this.#waiters = [];
    this.#storedEarly.clear();
    this.#generation++;
    this.#options.store.discard(this.#draft).catch(() => this.#noteStorage("missing"));
    this.#emit({ kind: "reset" });
    this.#changed();
  }

  #compactSoon(): void {
    this.#cancelCompaction ??= this.#options.clock.setTimer(COMPACT_AFTER_MS, () => {
      this.#cancelCompaction = null;
      this.#compact();
    });
  }

  #compact(): void {
    const { store } = this.#options;
    store
      .compact(this.#replica.since(EMPTY_BYTES), this.#saved, this.#epoch)
      .catch((error: unknown) => this.#noteStorage(error instanceof StorageError ? error.kind : "missing"));
  }

  /** Before the next local edit, which may build on it, is stored. */
  #keep(update: Uint8Array): void {
    this.#options.store.keep(update).catch((error: unknown) => this.#noteStorage(error instanceof StorageError ? error.kind : "missing"));
  }

  #noteStorage(storage: SessionStatus["storage"]): void {
    this.#storage = storage;
    this.#changed();
  }

  #renewPresence(): void {
    this.#cancelRenewal = this.#options.clock.setTimer(PRESENCE_RENEWAL_MS, () => {
      if (this.#ownState !== null) this.setPresence(this.#ownState);
      this.#renewPresence();
    });
  }

  #readStatus(): SessionStatus {
    return {
      isLoaded: this.#isLoaded,
      connection: this.#provider.state,
      unsaved: this.#replica.unconfirmed ?? this.#edits - this.#saved,
      unstored: this.#edits - this.#stored,
      storage: this.#storage,
      refusal: this.#provider.refusal,
      interruption: this.#provider.interruption,
      draft: this.#draft,
      pause: this.#replica.pause ?? null,
      epoch: this.#epoch,
      roundTripMs: this.#provider.roundTripMs,
      retryAtMs: this.#provider.retryAtMs,
      loading: this.#provider.loading,
      savedAtMs: this.#savedAtMs,
    };
  }

  #changed(): void {
    const next = this.#readStatus();
    if (JSON.stringify(next) === JSON.stringify(this.#status)) return;
    this.#status = next;
    this.#emit({ kind: "status" });
  }

  #emit(change: SessionChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, noteId, replicaId } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "note", noteId, replica: replicaId });
  }
}
