/**
 * One connection as the node sees it: speaks SPEC.md's protocol with one peer on behalf of one room. The
 * one place where DecodeError and ProtocolError are caught; each closes this connection and no other.
 */

import { unreachable } from "../base/assert.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Closed, Transport } from "../network/transport.ts";
import { CLOSE } from "./close-codes.ts";
import { decodeFrame, encodeFrame, type Frame } from "./frames.ts";
import { decodePresence, EMPTY_PRESENCE } from "./presence.ts";
import type { Room } from "./room.ts";

/** How often each side shows that it lives. */
export const HEARTBEAT_MS = 5_000;
/** A peer of ours that is silent for this long is gone. */
export const SILENCE_MS_MAX = 15_000;
/** A stock client reconnects after 30 s without a message, and WebSocket pings do not count. */
export const STOCK_SIGN_OF_LIFE_MS = 10_000;
export const FRAME_BYTES_MAX = 1024 * 1024;
/** Step 1 of a peer whose gaps do not close is asked for this often, and no more. */
const RESYNCS_MAX = 8;

export interface SessionOptions {
  readonly room: Room;
  readonly transport: Transport;
  /** `tab`: negotiated our subprotocol. */
  readonly kind: "tab" | "stock";
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  onClosed?(closed: Closed): void;
}

export class Session {
  readonly #options: SessionOptions;
  #state: "greeting" | "open" | "closed" = "greeting";
  /** Client ids that spoke first through this connection. */
  readonly #presenceIds = new Set<number>();
  /** Numbered frames whose log position is not durable yet, oldest first. */
  readonly #unsaved: { readonly seq: number; readonly position: number }[] = [];
  #cancelTimer: CancelTimer | null = null;
  #heardAtMs: number;
  #resyncs = 0;
  #lastSeq = 0;
  /** Whether the peer has been told the note's epoch, which a note has from its first durable update on. */
  #hasEpoch = false;
  #roundTripMs: number | null = null;
  #asked: { readonly nonce: number; readonly atMs: number } | null = null;
  #nonce = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    this.#beat();
    options.room.attach(this);
    if (options.kind === "stock") this.#open();
  }

  /** Measured by heartbeat through the links; null before the first. */
  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Takes one message. Never throws on bad input: it closes this connection with a code that says why. */
  onFrame(bytes: Uint8Array): void {
    if (this.#state === "closed") return;
    this.#heardAtMs = this.#options.clock.now();
    try {
      if (bytes.length > FRAME_BYTES_MAX)
        throw new ProtocolError(CLOSE.updateTooLarge, `Message of ${bytes.length} bytes, at most ${FRAME_BYTES_MAX}`);
      this.#onFrame(decodeFrame(bytes), bytes.length);
    } catch (error) {
      if (error instanceof DecodeError) this.close(CLOSE.unreadable, error.message);
      else if (error instanceof ProtocolError) this.close(error.closeCode, error.message);
      else throw error;
    }
  }

  /** The connection is gone. */
  onClose(closed: Closed): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelTimer?.();
    this.#trace({ kind: "state", state: "closed", reason: `${closed.code} ${closed.reason}` });
    this.#options.room.detach(this, [...this.#presenceIds]);
    this.#options.onClosed?.(closed);
  }

  close(code: number, reason: string): void {
    if (this.#state === "closed") return;
    // A close reason holds 123 bytes of UTF-8.
    this.#options.transport.close(code, reason.slice(0, 40));
    this.onClose({ code, reason });
  }

  /** Passes on a frame that the room made. */
  forward(frame: Uint8Array): void {
    if (this.#state === "open") this.#options.transport.send(frame);
  }

  /** Everything up to `position` is durable: acknowledges what that covers. */
  onSaved(position: number): void {
    let seq = 0;
    for (let [first] = this.#unsaved; first !== undefined && first.position <= position; [first] = this.#unsaved) {
      seq = first.seq;
      this.#unsaved.shift();
    }
    if (!this.#hasEpoch && this.#state === "open" && this.#options.room.isNote) this.#sendEpoch();
    if (seq > 0) this.#send({ type: "ack", seq });
  }

  #onFrame(frame: Frame, bytes: number): void {
    const { room, kind } = this.#options;
    this.#trace({ kind: "received", frame: frame.type, bytes, ...(frame.type === "numbered" ? { seq: frame.seq } : {}) });
    if (this.#state === "greeting" && frame.type !== "epoch" && frame.type !== "heartbeat") {
      throw new ProtocolError(CLOSE.protocolError, `Expected an epoch first, got ${frame.type}`);
    }
    switch (frame.type) {
      case "sync-step-1":
        this.#send({ type: "sync-step-2", update: room.replica.since(frame.version) });
        return;
      case "sync-step-2":
      case "update":
        this.#receive(frame.update);
        return;
      case "numbered":
        if (frame.seq <= this.#lastSeq) throw new ProtocolError(CLOSE.protocolError, `Number ${frame.seq} after ${this.#lastSeq}`);
        this.#lastSeq = frame.seq;
        if (!this.#receive(frame.frame.update)) return;
        this.#unsaved.push({ seq: frame.seq, position: room.appendedPosition });
        this.onSaved(room.durablePosition);
        return;
      case "awareness":
        this.#onPresence(frame.update);
        return;
      case "query-awareness":
        this.#send({ type: "awareness", update: room.presence.encode() });
        return;
      case "epoch":
        if (kind === "stock" || this.#state === "open") throw new ProtocolError(CLOSE.protocolError, "An epoch out of place");
        if (frame.epoch !== null && !(room.isNote && frame.epoch === room.epoch)) {
          this.#send({ type: "refusal", code: CLOSE.foreignEpoch, reason: "This copy belongs to another history of the note" });
          throw new ProtocolError(CLOSE.foreignEpoch, "Foreign epoch");
        }
        this.#sendEpoch();
        this.#open();
        return;
      case "heartbeat":
        if (!frame.isReply) this.#send({ type: "heartbeat", nonce: frame.nonce, isReply: true });
        else if (this.#asked?.nonce === frame.nonce) this.#roundTripMs = this.#options.clock.now() - this.#asked.atMs;
        return;
      case "ack":
      case "refusal":
      case "auth":
        throw new ProtocolError(CLOSE.protocolError, `A client does not send ${frame.type}`);
      default:
        return unreachable(frame);
    }
  }

  /** Returns whether all of the update could be taken in; otherwise asks for what is missing. */
  #receive(update: Uint8Array): boolean {
    const { room } = this.#options;
    const { reply, isWaiting } = room.receive(update, this);
    if (reply !== null) this.#send({ type: "update", update: reply });
    if (!isWaiting) {
      this.#resyncs = 0;
      return true;
    }
    if (++this.#resyncs > RESYNCS_MAX) throw new ProtocolError(CLOSE.tryLater, "What these updates build on never came");
    this.#send({ type: "sync-step-1", version: room.replica.version() });
    return false;
  }

  /** A state that another connection brought first is its own; echoes of it from here are dropped. */
  #onPresence(update: Uint8Array): void {
    const { presence } = this.#options.room;
    const here = presence.states();
    for (const { id, state } of decodePresence(update)) if (state !== null && !here.has(id)) this.#presenceIds.add(id);
    const { added, updated, removed } = presence.apply(update);
    const changed = [...added, ...updated, ...removed];
    if (changed.length > 0) this.#options.room.broadcastPresence(presence.encode(changed));
  }

  #sendEpoch(): void {
    const { room, kind } = this.#options;
    if (kind === "stock") return;
    this.#hasEpoch = room.isNote;
    this.#send({ type: "epoch", epoch: room.isNote ? room.epoch : null });
  }

  #open(): void {
    const { room } = this.#options;
    this.#state = "open";
    this.#trace({ kind: "state", state: "open" });
    this.#send({ type: "sync-step-1", version: room.replica.version() });
    if (room.presence.states().size > 0) this.#send({ type: "awareness", update: room.presence.encode() });
  }

  /** Shows a sign of life at intervals; ends a connection of ours that shows none. */
  #beat(): void {
    const { clock, kind } = this.#options;
    this.#cancelTimer = clock.setTimer(kind === "tab" ? HEARTBEAT_MS : STOCK_SIGN_OF_LIFE_MS, () => {
      if (kind === "tab") {
        if (clock.now() - this.#heardAtMs >= SILENCE_MS_MAX) {
          this.close(CLOSE.goingAway, `Nothing heard for ${SILENCE_MS_MAX / 1_000} s`);
          return;
        }
        this.#asked = { nonce: ++this.#nonce, atMs: clock.now() };
        this.#send({ type: "heartbeat", nonce: this.#nonce, isReply: false });
      } else {
        this.#send({ type: "awareness", update: EMPTY_PRESENCE });
      }
      this.#beat();
    });
  }

  #send(frame: Frame): void {
    if (this.#state === "closed") return;
    const bytes = encodeFrame(frame);
    this.#trace({ kind: "sent", frame: frame.type, bytes: bytes.length });
    this.#options.transport.send(bytes);
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, room, replicaId } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "session", noteId: room.noteId, replica: replicaId });
  }
}
