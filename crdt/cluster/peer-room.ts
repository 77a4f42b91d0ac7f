/**
 * Another node in a room: a member like a session, so that the room need not know of clusters. Both ends do the same: they
 * ask with sync step 1, answer with step 2, and pass on what is new. A room passes nothing back to where it came from, and
 * a relay has nothing to pass on where it knows all, so an update crosses each direction of a link at most once and never runs in a circle.
 *
 * Presence goes one hop, from the node that has the client. It is withdrawn when its connection ends or its node is out
 * of reach, and comes back with its next sign of life (15 s at most).
 */

import { unreachable } from "../base/assert.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import { CLOSE } from "../sync/close-codes.ts";
import { decodeFrame, encodeFrame } from "../sync/frames.ts";
import { decodePresence, encodePresence } from "../sync/presence.ts";
import type { PresenceOwner } from "../sync/room-presence.ts";
import type { Room, RoomMember } from "../sync/room.ts";

/** Who of a room is on another node: which link told of each id. Shared by the room's peers. */
export type RemotePresence = Map<number, { readonly owner: PresenceOwner; readonly peer: PeerRoom }>;

export interface PeerRoomOptions {
  readonly room: Room;
  readonly remote: RemotePresence;
  readonly send: (frame: Uint8Array) => void;
}

export class PeerRoom implements RoomMember {
  /** It speaks for nobody itself. */
  readonly presenceId = null;
  readonly isPeer = true;
  readonly #options: PeerRoomOptions;
  /** Whom of this node's clients the peer has heard of. */
  readonly #told = new Set<number>();
  #hasAsked = false;
  #hasEnded = false;

  constructor(options: PeerRoomOptions) {
    this.#options = options;
    const { room } = options;
    room.attach(this);
    this.#ask();
    this.forwardPresence(encodeFrame({ type: "awareness", update: room.presence.table.encode() }));
  }

  /** @throws DecodeError, ProtocolError when what the peer says cannot be. */
  receive(bytes: Uint8Array): void {
    const { room } = this.#options;
    const frame = decodeFrame(bytes);
    switch (frame.type) {
      case "sync-step-1":
        this.#answer(frame.version);
        return;
      case "sync-step-2":
      case "update": {
        const { isWaiting } = room.receive(frame.update, this);
        if (frame.type === "sync-step-2") this.#hasAsked = false;
        if (isWaiting && !this.#hasAsked) this.#ask();
        return;
      }
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

  #ask(): void {
    this.#hasAsked = true;
    this.#options.send(encodeFrame({ type: "sync-step-1", version: this.#options.room.relay.version() }));
  }

  /** @throws DecodeError when the version makes no sense, if that is found out now; later there is nobody to tell, and no answer. */
  #answer(version: Uint8Array): void {
    const { room, send } = this.#options;
    let isLater = false;
    room.framesSoon(version, "sync-step-2", false, (make) => {
      if (this.#hasEnded) return;
      try {
        for (const answer of make()) send(answer);
      } catch (error) {
        if (!isLater || !(error instanceof DecodeError)) throw error;
      }
    });
    isLater = true;
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
