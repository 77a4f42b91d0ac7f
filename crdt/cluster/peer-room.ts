/**
 * Another node in a room: a member like a session, so that the room need not know of clusters. Both ends do the same: they
 * ask with sync step 1, answer with step 2, and pass on what is new. A room passes nothing back to where it came from, and
 * a relay has nothing to pass on where it knows all, so an update crosses each direction of a link at most once and never runs in a circle.
 *
 * Presence goes one hop, from the node that has the client. It is withdrawn when its connection ends or its node is out
 * of reach, and comes back with its next sign of life (15 s at most).
 */

import { unreachable } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { Relayed } from "../strategy/strategy.ts";
import { CLOSE } from "../sync/close-codes.ts";
import { decodeFrame, encodeFrame, type Frame } from "../sync/frames.ts";
import { RESYNCS_MAX } from "../sync/limits.ts";
import type { Outcome } from "../sync/long-intake.ts";
import { decodePresence, encodePresence } from "../sync/presence.ts";
import type { PresenceOwner } from "../sync/room-presence.ts";
import type { Room, RoomMember } from "../sync/room.ts";

/** Who of a room is on another node: which link told of each id. Shared by the room's peers. */
export type RemotePresence = Map<number, { readonly owner: PresenceOwner; readonly peer: PeerRoom }>;

export interface PeerRoomOptions {
  readonly room: Room;
  readonly remote: RemotePresence;
  readonly send: (frame: Uint8Array) => void;
  /** What the peer says cannot be. */
  readonly onUntrue: (error: DecodeError | ProtocolError) => void;
}

export class PeerRoom implements RoomMember {
  /** It speaks for nobody itself. */
  readonly presenceId = null;
  readonly isPeer = true;
  readonly #options: PeerRoomOptions;
  /** Whom of this node's clients the peer has heard of. */
  readonly #told = new Set<number>();
  /** The version of the last question. */
  #asked: Uint8Array | null = null;
  #isAsking = false;
  /** Whether something came meanwhile that waits: the answer may have been on its way before. */
  #isLacking = false;
  /** Frames that wait until an update is in that takes the room several turns. */
  readonly #inbox: Uint8Array[] = [];
  #isHeld = false;
  /** Times in a row that what the peer sent could not be checked. */
  #unchecked = 0;
  #hasEnded = false;

  constructor(options: PeerRoomOptions) {
    this.#options = options;
    const { room } = options;
    room.attach(this);
    this.#ask(room.relay.version());
    this.forwardPresence(encodeFrame({ type: "awareness", update: room.presence.table.encode() }));
  }

  receive(bytes: Uint8Array): void {
    if (this.#isHeld) this.#inbox.push(bytes);
    else this.#orUntrue(() => this.#take(decodeFrame(bytes)));
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case "sync-step-1":
        this.#answer(frame.version);
        return;
      case "sync-step-2":
      case "update":
        this.#takeUpdate(frame.update, frame.type === "sync-step-2");
        return;
      case "awareness":
        this.#takePresence(frame.update);
        return;
      case "query-awareness":
      case "auth":
      case "ack":
      case "epoch":
      case "refusal":
      case "heartbeat":
      case "numbered":
      case "piece":
        throw new ProtocolError(CLOSE.protocolError, `A node does not send ${frame.type}`);
      default:
        unreachable(frame);
    }
  }

  #answer(version: Uint8Array): void {
    const { room, send } = this.#options;
    const answered = (make: () => readonly Uint8Array[]): void =>
      this.#orUntrue(() => {
        if (!this.#hasEnded) for (const answer of make()) send(answer);
      });
    room.framesSoon(version, "sync-step-2", false, answered, () => this.#hasEnded);
  }

  #takeUpdate(update: Uint8Array, isAnswer: boolean): void {
    const { room } = this.#options;
    const goOn = (outcome: Outcome | null): void => {
      this.#isHeld = false;
      if (this.#hasEnded) return;
      this.#orUntrue(() => (outcome === null ? this.#takeUpdate(update, isAnswer) : this.#onTaken(this.#orUnchecked(outcome), isAnswer)));
      for (let next = this.#next(); next !== undefined; next = this.#next()) this.receive(next);
    };
    if (!room.isReadyFor(update, () => goOn(null)) || room.receiveInTurns(update, this, goOn)) this.#isHeld = true;
    else this.#onTaken(room.receive(update, this), isAnswer);
  }

  /** Nothing is wrong with what this node had no time to check: it is asked for again. @throws DecodeError, ProtocolError when it was too often. */
  #orUnchecked(outcome: Outcome): Pick<Relayed, "isWaiting"> {
    try {
      const relayed = outcome();
      this.#unchecked = 0;
      return relayed;
    } catch (error) {
      const isUnchecked = error instanceof ProtocolError && error.closeCode === CLOSE.tryLater;
      if (!isUnchecked || ++this.#unchecked > RESYNCS_MAX) throw error;
      this.#asked = null;
      return { isWaiting: true };
    }
  }

  /** A peer that lacks the same has no other answer to the same question; what it learns later it passes on. */
  #onTaken({ isWaiting }: Pick<Relayed, "isWaiting">, isAnswer: boolean): void {
    this.#isLacking ||= isWaiting;
    if (isAnswer) this.#isAsking = false;
    if (!this.#isLacking || this.#isAsking) return;
    this.#isLacking = false;
    const version = this.#options.room.relay.version();
    if (this.#asked === null || !equalBytes(version, this.#asked)) this.#ask(version);
  }

  #next(): Uint8Array | undefined {
    return this.#isHeld || this.#hasEnded ? undefined : this.#inbox.shift();
  }

  #orUntrue(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
      this.#options.onUntrue(error);
    }
  }

  forward(frame: Uint8Array): void {
    this.#options.send(frame);
  }

  forwardPresence(frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    if (decoded.type !== "awareness") return;
    const own = decodePresence(decoded.update).filter(({ id, state }) => {
      if (this.#heldOf(id) !== undefined) return false;
      if (state !== null) return this.#told.add(id);
      return this.#told.delete(id);
    });
    if (own.length > 0) this.#options.send(encodeFrame({ type: "awareness", update: encodePresence(own) }));
  }

  settle(): void {
    // A node's link has no outbox that could be full.
  }

  onSaved(): void {
    // What is saved is said to whoever wrote it, and that is a client.
  }

  resume(): void {
    // Never queued.
  }

  close(): void {
    this.#withdrawAll();
  }

  /** The link is down, or the room is closed. */
  end(): void {
    this.#hasEnded = true;
    this.#withdrawAll();
    this.#options.room.detach(this, false);
  }

  /** Who told of `id`, unless it is a client of this node by now. */
  #heldOf(id: number): { readonly owner: PresenceOwner; readonly peer: PeerRoom } | undefined {
    const { room, remote } = this.#options;
    const held = remote.get(id);
    if (held === undefined || room.presence.ownerOf(id) === held.owner) return held;
    remote.delete(id);
    return undefined;
  }

  #ask(version: Uint8Array): void {
    this.#isAsking = true;
    this.#asked = version;
    this.#options.send(encodeFrame({ type: "sync-step-1", version }));
  }

  #takePresence(update: Uint8Array): void {
    const { room, remote } = this.#options;
    const { table } = room.presence;
    for (const { id, clock, state } of decodePresence(update)) {
      const held = this.#heldOf(id);
      if (state === null) {
        if (held?.peer !== this) continue;
        remote.delete(id);
        if (room.presence.leave(held.owner) !== null) room.spreadPresence(id);
        continue;
      }
      // Whoever is on this node, or told of by another, has moved only if this is newer.
      const isElsewhere = held === undefined ? table.states().has(id) : held.peer !== this;
      if (isElsewhere && clock <= (table.clockOf(id) ?? 0)) continue;
      const owner = held?.peer === this ? held.owner : { presenceId: id };
      if (room.presence.take(encodePresence([{ id, clock, state }]), owner) === null) continue;
      remote.set(id, { owner, peer: this });
      room.spreadPresence(id);
    }
  }

  #withdrawAll(): void {
    const { room, remote } = this.#options;
    for (const [id, { owner, peer }] of remote) {
      if (peer !== this) continue;
      remote.delete(id);
      if (room.presence.withdraw(owner) !== null) room.spreadPresence(id);
    }
  }
}
