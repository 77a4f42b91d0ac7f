/**
 * What a node keeps, whatever keeps it: a database, or a simulated disk. Calls take effect in the order in which they
 * were made; nothing is durable before `sync` has said so.
 */

import type { NoteId } from "../base/ids.ts";
import type { NodeId } from "../network/node-pair.ts";

/** One entry of a note's log. Two logs that have an entry of the same token at the same place are equal up to there. */
export interface LogEntry {
  /** The fencing token of the leader that appended it. */
  readonly token: number;
  /** `birth`: the note's strategy and epoch, always and only the first. `mark`: a leader has begun. */
  readonly kind: "birth" | "mark" | "entry";
  readonly bytes: Uint8Array;
}

/** What a node has promised and accepted for one note. */
export interface StoredBallot {
  /** The highest token that this node has granted; it accepts none below. 0: none yet. */
  readonly promised: number;
  readonly holder: NodeId | null;
  readonly log: readonly LogEntry[];
  /** How much of the log was known to be committed: perhaps more is, never less. */
  readonly committed: number;
}

export const EMPTY_BALLOT: StoredBallot = { promised: 0, holder: null, log: [], committed: 0 };

export interface StoredUpdates {
  readonly snapshot: Uint8Array | null;
  /** What came after the snapshot, in order. */
  readonly updates: readonly Uint8Array[];
  /** Of the last update; positions count from 1. */
  readonly position: number;
}

export interface NodeStore {
  /** Among how many nodes this disk last caught up with its peers (0: it has not), and the ballot of every note. */
  load(done: (stored: { readonly settledOf: number; readonly ballots: ReadonlyMap<NoteId, StoredBallot> }) => void): void;
  loadUpdates(noteId: NoteId, done: (stored: StoredUpdates) => void): void;
  /** The disk has caught up with its peers, `count` nodes in all; 0: it cannot vouch for what it holds any more. */
  settle(count: number): void;
  promise(noteId: NoteId, token: number, holder: NodeId): void;
  /** Cuts the log to `from` entries and puts `entries` behind them. */
  writeLog(noteId: NoteId, from: number, entries: readonly LogEntry[]): void;
  commit(noteId: NoteId, length: number): void;
  /** Update number `position` of a note that any node may write. */
  append(noteId: NoteId, position: number, update: Uint8Array): void;
  /** Replaces the updates up to `position` by the state that they make. */
  compact(noteId: NoteId, position: number, state: Uint8Array): void;
  /** Runs `done` when everything handed over before is durable. */
  sync(done: () => void): void;
}
