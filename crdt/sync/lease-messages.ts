/**
 * What /control says of the lease of a note's order and of the lock of its writers, and takes to be done to them. They are two things: a
 * lease is between nodes, says which of them orders the note's writes, and every note with one order has it (crdt/cluster/lease.ts); a
 * lock is between people, says which replica may write, and is itself part of that order. Types only.
 */

import type { NoteId, ReplicaId } from "../base/ids.ts";
import type { NodeId } from "../network/node-pair.ts";

export type LeaseCommand =
  /** The lease ends on every node that runs, before its time; one that is paused hears of it when it goes on. */
  | { readonly type: "end-lease"; readonly noteId: NoteId }
  /** The lock goes to whoever waits first, or is free; its token is higher in either case. */
  | { readonly type: "end-lock"; readonly noteId: NoteId }
  /** Whether a write under an older token of the lock bounces or overwrites. */
  | { readonly type: "set-lock"; readonly noteId: NoteId; readonly isFencing: boolean };

/** `GET /control/leases/<noteId>`; null: the note has none. */
export interface LeaseAnswer {
  readonly noteId: NoteId;
  readonly lease: NoteLease | null;
  readonly lock: NoteLock | null;
  readonly serverNowMs: number;
}

export interface NoteLease {
  /** Who believes that it holds it; of several, the one with the highest token. null: nobody that runs. */
  readonly holder: NodeId | null;
  readonly token: number | null;
  /** Until the holder gives it up, unless it is renewed. */
  readonly leftMs: number | null;
  readonly ttlMs: number;
  /** `majority`: tokens are checked where a write is appended. `redlock`: they are not, and time alone decides. */
  readonly mode: "majority" | "redlock";
  readonly isFencing: boolean;
  /** Of each node that is not down. */
  readonly nodes: readonly NodeGrant[];
}

/** A node's part in the lease. */
export interface NodeGrant {
  readonly node: NodeId;
  /** Whom it has granted it; null: nobody. */
  readonly grantsTo: NodeId | null;
  /** For how long it grants it to nobody else. */
  readonly leftMs: number;
  /** The highest token that it has promised: it takes nothing below. */
  readonly promised: number;
  /** The token under which it believes that it may write; null: it does not. */
  readonly holds: number | null;
  /** Whether it asks for it, and does not have it. */
  readonly isWaiting: boolean;
}

/** The name is the one under which the replica was last known here. */
export interface LockUser {
  readonly replicaId: ReplicaId;
  readonly name: string | null;
}

export interface NoteLock {
  readonly holder: LockUser | null;
  /** Of the holder, or the last one. */
  readonly token: number;
  /** By the clock of the node that orders; 0 while nobody has it. */
  readonly leftMs: number;
  readonly ttlMs: number;
  readonly isFencing: boolean;
  /** Who waits, first come first. */
  readonly queue: readonly LockUser[];
}
