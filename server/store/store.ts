/**
 * What is kept of notes, whatever keeps it. Positions count the updates of a note from 1. Calls take effect in
 * the order in which they were made.
 */

import type { Epoch, NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { LogEntry } from "../../crdt/cluster/node-store.ts";
import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";
import type { BallotRows } from "./ballot-tables.ts";

/** What a room is opened on. */
export interface StoredNote {
  /** null: the list of notes, which has none. */
  readonly strategy: StrategyName | null;
  readonly epoch: Epoch;
  readonly snapshot: Uint8Array | null;
  /** What came after the snapshot, in order. */
  readonly updates: readonly Uint8Array[];
  /** Of the last update. */
  readonly position: number;
}

export interface Store {
  /** null when no update of it was ever stored. Rejects with DamagedNoteError when it is not what was written. */
  load(noteId: NoteId): Promise<StoredNote | null>;
  /** Strategy and epoch alone; null when no update of it was ever stored. */
  find(noteId: NoteId): Promise<Pick<StoredNote, "strategy" | "epoch"> | null>;
  /** Makes the note that the next `append` begins. Durable together with it. */
  create(noteId: NoteId, strategy: StrategyName | null, epoch: Epoch): void;
  /** Stores update number `position`; the `onSaved` of `StoreEvents` follows when it is durable. */
  append(noteId: NoteId, position: number, update: Uint8Array): void;
  /** Replaces the updates up to `position` by the state that they make. */
  compact(noteId: NoteId, position: number, state: Uint8Array): void;
  /** Keeps losses; one whose id is known already stays as it is. */
  putLosses(noteId: NoteId, losses: readonly StoredLoss[]): void;
  /** Oldest first. */
  losses(noteId: NoteId): Promise<StoredLoss[]>;
  /** Remembers under which name a replica was last here. */
  putName(replica: ReplicaId, name: string): void;
  names(): Promise<ReadonlyMap<ReplicaId, string>>;
  /** Remembers up to where a replica has seen a note. */
  putSeen(noteId: NoteId, replica: ReplicaId, version: Uint8Array, atMs: number): void;
  /** How far those have seen it that were here since `sinceMs`. */
  seen(noteId: NoteId, sinceMs: number): Promise<readonly Uint8Array[]>;
  /** Remembers what a note is stamped with, since when. */
  putStamps(stamps: StoredStamps): void;
  /** Of every note that was told to stamp with something, the last; oldest first. */
  stamps(): Promise<readonly StoredStamps[]>;
  /** Resolves when everything handed over before is durable; rejects while nothing can be. */
  flush(): Promise<void>;
  /** Flushes and lets go of the files. */
  close(): Promise<void>;
}

/** The store of one node of several, and what can be done to the disk under it. */
export interface NodeDisk extends Store {
  /** What this node has promised and accepted of every note. Rejects when it is not what was written. */
  ballots(): Promise<BallotRows>;
  /** Durable with the next `flush` that resolves. */
  putBallot(write: BallotWrite): void;
  /** Every commit takes this much longer from now on; 0: as before. */
  slowDown(ms: number): void;
  /** Lets go of the files as a crash would: what waits is not written, nothing more is said. */
  crash(): Promise<void>;
}

/** A ledger entry as it was found: names are looked up when it is read. */
export type StoredLoss = Pick<LedgerEntry, "loss" | "foundAtMs" | "clocks">;

/** What the writes of a note are stamped with since `fromMs`, by the server's clock. */
export interface StoredStamps {
  readonly noteId: NoteId;
  readonly kind: ClockKind;
  readonly fromMs: number;
}

/** Why nothing becomes durable at the moment: there is no room, the disk answers with errors, or more than one note is damaged. */
export interface StoreTrouble {
  readonly kind: "full" | "failing" | "damaged";
  /** As the database says it. */
  readonly message: string;
}

export interface StoreEvents {
  /** Every update of `noteId` up to `position` is durable. */
  onSaved(noteId: NoteId, position: number): void;
  /**
   * Nothing becomes durable until `onResumed`. What was handed over waits, in order, and is tried again and again. Whoever
   * hands over more makes the store hold it.
   */
  onHalted(trouble: StoreTrouble): void;
  onResumed(): void;
  /** What is stored of `noteId` is damaged: writes of it have failed, and none will be taken. Every other note goes on. */
  onDamaged(noteId: NoteId, error: DamagedNoteError): void;
  /** The store has ended for a reason that is no disk's. Nothing is acknowledged after this. */
  onBroken(error: Error): void;
}

/** What is stored of one note is not what was written. It is left as it is, for somebody to look at. */
export class DamagedNoteError extends Error {
  override readonly name = "DamagedNoteError";
}

/** A change of what a node has promised and accepted: see `NodeStore`. */
export type BallotWrite =
  | { readonly type: "settle"; readonly count: number }
  | { readonly type: "promise"; readonly noteId: NoteId; readonly token: number; readonly holder: string }
  /** Cuts the log to `from` entries and puts `entries` behind them. */
  | { readonly type: "log"; readonly noteId: NoteId; readonly from: number; readonly entries: readonly LogEntry[] }
  | { readonly type: "commit"; readonly noteId: NoteId; readonly length: number };

/** What the thread of the store is told. Requests with an id are answered. */
export type StoreRequest =
  | { readonly type: "create"; readonly noteId: NoteId; readonly strategy: StrategyName | null; readonly epoch: Epoch }
  | { readonly type: "append"; readonly noteId: NoteId; readonly position: number; readonly update: Uint8Array }
  | { readonly type: "compact"; readonly noteId: NoteId; readonly position: number; readonly state: Uint8Array }
  | { readonly type: "losses"; readonly noteId: NoteId; readonly losses: readonly { readonly id: string; readonly json: string }[] }
  | { readonly type: "name"; readonly replica: ReplicaId; readonly name: string }
  /** `version` is base64. */
  | { readonly type: "seen"; readonly noteId: NoteId; readonly replica: ReplicaId; readonly version: string; readonly atMs: number }
  | ({ readonly type: "stamps" } & StoredStamps)
  | { readonly type: "read"; readonly id: number; readonly what: "note" | "head" | "losses"; readonly noteId: NoteId }
  | { readonly type: "read"; readonly id: number; readonly what: "seen"; readonly noteId: NoteId; readonly sinceMs: number }
  | { readonly type: "read"; readonly id: number; readonly what: "names" | "nothing" | "ballots" | "stamps" }
  | BallotWrite
  | { readonly type: "slow"; readonly ms: number }
  | { readonly type: "close"; readonly id: number }
  | { readonly type: "crash"; readonly id: number };

/** What travels to the thread: writes as a batch of write-batch.ts, anything else as it is. */
export type StoreMessage = readonly Uint8Array[] | Exclude<StoreRequest, StoreWrite>;

export type StoreRead = Extract<StoreRequest, { type: "read" }>;
export type StoreWrite = Exclude<StoreRequest, { type: "read" | "close" | "crash" | "slow" }>;

/** What the store's thread writes to: synchronous. */
export interface StoreFile {
  /** What is wrong with the file as a whole; null: nothing. It is read as far as it goes, and never written. */
  readonly damage: string | null;
  /** Everything in `writes`, durable, or nothing. @throws Error: see `troubleOf`. */
  commit(writes: readonly StoreWrite[]): void;
  /** @throws Error as the database does, DamagedNoteError. */
  note(noteId: string): unknown;
  head(noteId: string): unknown;
  losses(noteId: string): string[];
  names(): [string, string][];
  ballots(): BallotRows;
  /** Versions, as base64. */
  seen(noteId: string, sinceMs: number): string[];
  stamps(): StoredStamps[];
  close(): void;
}

export type StoreAnswer =
  | { readonly type: "ready" }
  | { readonly type: "saved"; readonly positions: readonly (readonly [NoteId, number])[] }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  /** One request could not be answered; the store goes on. */
  | { readonly type: "failed"; readonly id: number; readonly message: string; readonly isDamage: boolean }
  | { readonly type: "halted"; readonly trouble: StoreTrouble }
  | { readonly type: "resumed" }
  | { readonly type: "damaged"; readonly noteId: NoteId; readonly message: string }
  | { readonly type: "broken"; readonly message: string };
