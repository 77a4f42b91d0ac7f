/**
 * One note on one node: merges what sessions bring, has it stored, passes it on, and tells who wrote it
 * when it is durable. Knows no socket, no database and no strategy.
 */

import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Loss, Received, Replicated } from "../strategy/strategy.ts";
import { encodeFrame } from "./frames.ts";
import { PresenceTable } from "./presence.ts";
import type { Session } from "./session.ts";

/** Where a room's updates are kept. Positions count from 1. */
export interface RoomLog {
  /** Hands over an update to be stored and returns its position at once; `Room.onSaved` follows when it is durable. */
  append(update: Uint8Array): number;
  durablePosition(): number;
}

export interface RoomOptions {
  readonly noteId: NoteId;
  readonly replica: Replicated;
  readonly epoch: Epoch;
  /** The node that this room is on, for the journal. */
  readonly nodeReplica: ReplicaId;
  readonly clock: Clock;
  readonly log: RoomLog;
  readonly tracer: Tracer;
  onMerged?(update: Uint8Array, position: number): void;
  onLosses?(losses: readonly Loss[]): void;
}

export class Room {
  readonly noteId: NoteId;
  readonly epoch: Epoch;
  readonly replica: Replicated;
  readonly presence: PresenceTable;
  readonly #options: RoomOptions;
  readonly #sessions = new Set<Session>();
  #appended: number;
  #isClosed = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.noteId = options.noteId;
    this.epoch = options.epoch;
    this.replica = options.replica;
    this.presence = new PresenceTable(options.clock);
    this.#appended = options.log.durablePosition();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Everything up to here is in the log, durable or on its way. */
  get appendedPosition(): number {
    return this.#appended;
  }

  get durablePosition(): number {
    return this.#options.log.durablePosition();
  }

  /** Whether the note exists: its first update is durable. Only then may a copy be bound to its epoch. */
  get isNote(): boolean {
    return this.durablePosition > 0;
  }

  /** Adds a session, greeting ones included, so that closing the room reaches it. */
  attach(session: Session): void {
    assert(!this.#isClosed, `Room ${this.noteId} is closed`);
    this.#sessions.add(session);
  }

  /** Forgets a session and tells the others that whoever spoke through it is gone. */
  detach(session: Session, presenceIds: readonly number[]): void {
    if (!this.#sessions.delete(session) || presenceIds.length === 0) return;
    this.broadcastPresence(this.presence.remove(presenceIds));
  }

  /**
   * Merges an update that `from` brought; stores it and passes it on if it says anything new.
   * @throws DecodeError, ProtocolError as the strategy does; nothing has changed then.
   */
  receive(update: Uint8Array, from: Session): Received {
    const received = this.replica.receive(update);
    if (received.forward !== null) this.#spread(received.forward, from);
    if (received.losses.length > 0) {
      for (const { id } of received.losses) this.#trace({ kind: "loss", lossId: id });
      this.#options.onLosses?.(received.losses);
    }
    return received;
  }

  /** Stores and passes on what the node itself has just written into the room's replica. */
  publish(update: Uint8Array): void {
    if (update.length > 0) this.#spread(update, null);
  }

  /** Presence goes back to its sender too: a stock client counts it as a sign of life. */
  broadcastPresence(update: Uint8Array): void {
    const frame = encodeFrame({ type: "awareness", update });
    for (const session of this.#sessions) session.forward(frame);
  }

  /** The log says that everything up to `position` is durable. */
  onSaved(position: number): void {
    this.#trace({ kind: "saved", position });
    for (const session of this.#sessions) session.onSaved(position);
  }

  /** Ends every session with `code`; none can join any more. */
  close(code: number, reason: string): void {
    this.#isClosed = true;
    for (const session of this.#sessions) session.close(code, reason);
  }

  #spread(update: Uint8Array, from: Session | null): void {
    this.#appended = this.#options.log.append(update);
    this.#trace({ kind: "merged", bytes: update.length, position: this.#appended });
    const frame = encodeFrame({ type: "update", update });
    for (const session of this.#sessions) if (session !== from) session.forward(frame);
    this.#options.onMerged?.(update, this.#appended);
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, noteId, nodeReplica } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "room", noteId, replica: nodeReplica });
  }
}
