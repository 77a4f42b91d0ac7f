/**
 * One connection as the node sees it: speaks SPEC.md's protocol with one peer on behalf of one room. The
 * one place where DecodeError and ProtocolError are caught; each closes this connection and no other.
 */

import { unreachable } from "../base/assert.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Closed, Transport } from "../network/transport.ts";
import { CLOSE } from "./close-codes.ts";
import { decodeFrame, encodeFrame, type Frame } from "./frames.ts";
import { Gap } from "./gap.ts";
import {
  HEARTBEAT_MS,
  PIECE_BYTES_MAX,
  PIECED_BYTES_MAX,
  SILENCE_MS_MAX,
  STOCK_MESSAGE_BYTES_MAX,
  STOCK_SIGN_OF_LIFE_MS,
  TAB_MESSAGE_BYTES_MAX,
  TOKEN_BYTES,
  TOKENS_BURST,
  TOKENS_PER_S,
  VERSION_BYTES_MAX,
} from "./limits.ts";
import type { Outcome } from "./long-intake.ts";
import { Outbox, type OutboxSource } from "./outbox.ts";
import { PieceReader } from "./pieces.ts";
import { EMPTY_PRESENCE } from "./presence.ts";
import { PresenceIntake } from "./presence-intake.ts";
import { ReadingGate } from "./reading-gate.ts";
import type { Room, RoomMember } from "./room.ts";
import { TokenBucket } from "./token-bucket.ts";
import { TurnedAway } from "./turned-away.ts";

export interface SessionOptions {
  readonly room: Room;
  readonly transport: Transport;
  /** `tab`: negotiated our subprotocol. */
  readonly kind: "tab" | "stock";
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  /** How fast this peer may send; see limits.ts for what it is otherwise. */
  readonly bucket?: TokenBucket | undefined;
  onClosed?(closed: Closed): void;
}

/** What came in pieces and is larger has a turn of its own: it takes as long as many messages. */
const ASSEMBLED_BYTES_MIN = 1024 * 1024;

/** Close codes by which a client says that it leaves. */
const LEAVING_CODES: ReadonlySet<number> = new Set([1000, 1001]);

export class Session implements RoomMember, OutboxSource {
  readonly presenceId: number | null;
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #gate: ReadingGate;
  /** Made when something comes for them: most connections are quiet, and each costs memory. */
  #pieces: PieceReader | null = null;
  #presence: PresenceIntake | null = null;
  #turnedAway: TurnedAway | null = null;
  #state: "greeting" | "open" | "closed" = "greeting";
  /** Messages that a turn had no room for. */
  #inbox: Uint8Array[] = [];
  /**
   * A large frame whose last piece came in a turn that had done much already, one that the room is not ready for, or, with what came
   * of it, one that the room has taken in over several turns. It stands before the inbox.
   */
  #assembled: { readonly frame: Frame; readonly bytes: number; readonly outcome: Outcome | null } | null = null;
  /** Whether the room is getting ready for `#assembled`. */
  #isPreparing = false;
  /** Numbered frames whose log position is not durable yet, oldest first. */
  readonly #unsaved: { readonly seq: number; readonly position: number }[] = [];
  #cancelTimer: CancelTimer | null = null;
  #heardAtMs: number;
  readonly #gap: Gap;
  #lastSeq = 0;
  #owesPresence = false;
  /** A turn that has answered a sync step 1 and is not over, and what is being worked out for the peer. */
  #answersOwed = 0;
  #askedVersion: Uint8Array | null = null;
  /** Whether the peer has been told the note's epoch, which a note has from its first durable update on. */
  #hasEpoch = false;
  #roundTripMs: number | null = null;
  #asked: { readonly nonce: number; readonly atMs: number } | null = null;
  #nonce = 0;

  constructor(options: SessionOptions) {
    const { room, transport, kind, replicaId, clock } = options;
    this.#options = options;
    this.presenceId = kind === "tab" ? replicaNumber(replicaId) : null;
    const bucket = options.bucket ?? new TokenBucket({ clock, perS: TOKENS_PER_S, burst: TOKENS_BURST });
    this.#gate = new ReadingGate({ transport, clock, bucket, onOverload: (reason) => this.close(CLOSE.tryLater, reason) });
    this.#outbox = new Outbox({ transport, clock, hasPieces: kind === "tab", source: this });
    this.#gap = new Gap(clock);
    this.#heardAtMs = clock.now();
    this.#beat();
    room.attach(this);
    if (kind === "stock") this.#open();
  }

  /** For its outbox: what the peer will have when it has got everything. */
  version(): Uint8Array {
    return this.#options.room.relay.version();
  }

  /** For its outbox. A question that waited is answered in a turn of its own. */
  framesSince(version: Uint8Array, type: "update" | "sync-step-2", take: (frames: readonly Uint8Array[]) => void): void {
    this.#orClose(() => this.#framesSince(version, type, take));
  }

  /** For its outbox. */
  onFull(): void {
    this.#options.room.noteFull(this);
  }

  /** For its outbox. */
  onCaughtUp(): void {
    this.#sendPresence();
  }

  /** For its outbox. */
  onOverflow(reason: string): void {
    this.close(CLOSE.tryLater, reason);
  }

  /** Measured by heartbeat through the links; null before the first. */
  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Bytes that are on their way to the peer. */
  get outboxBytes(): number {
    return this.#outbox.bytes;
  }

  /** How fast the peer may go on sending. */
  get bucket(): TokenBucket {
    return this.#gate.bucket;
  }

  /** Takes one message. Never throws on bad input: it closes this connection with a code that says why. */
  onFrame(bytes: Uint8Array): void {
    if (this.#state === "closed") return;
    this.#heardAtMs = this.#options.clock.now();
    this.#gate.spend(1 + bytes.length / TOKEN_BYTES);
    // The gate closes a peer that has been too fast for too long.
    if (this.#isClosed()) return;
    if (this.#inbox.length === 0 && this.#assembled === null && this.#options.room.spend(bytes.length)) {
      this.#take(bytes);
      return;
    }
    this.#inbox.push(bytes);
    this.#wait();
  }

  /** Another turn: goes on with the messages that wait. */
  resume(): void {
    if (this.#isPreparing) return;
    const { room } = this.#options;
    const assembled = this.#assembled;
    if (assembled !== null && room.spend(assembled.bytes)) {
      this.#assembled = null;
      this.#orClose(() => this.#onFrame(assembled.frame, assembled.bytes, assembled.outcome));
    }
    let done = 0;
    while (done < this.#inbox.length && this.#assembled === null && !this.#isClosed() && room.spend(this.#inbox[done]!.length))
      this.#take(this.#inbox[done++]!);
    this.#inbox.splice(0, done);
    if (this.#isClosed()) return;
    if (this.#inbox.length > 0 || this.#assembled !== null) room.queue(this);
    else this.#gate.release();
  }

  /** Nothing is read until the next turn. */
  #wait(): void {
    this.#gate.hold();
    this.#options.room.queue(this);
  }

  /** The connection is gone. */
  onClose(closed: Closed): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#inbox = [];
    // What waits for the room to be ready may know of this session for a long time after.
    this.#assembled = this.#pieces = null;
    this.#cancelTimer?.();
    this.#presence?.close();
    this.#outbox.close();
    this.#gate.close();
    this.#trace({ kind: "state", state: "closed", reason: `${closed.code} ${closed.reason}` });
    this.#options.room.detach(this, LEAVING_CODES.has(closed.code));
    this.#options.onClosed?.(closed);
  }

  close(code: number, reason: string): void {
    if (this.#state === "closed") return;
    // A close reason holds 123 bytes of UTF-8.
    this.#options.transport.close(code, reason.slice(0, /^[ -~]*$/.test(reason) ? 123 : 40));
    this.onClose({ code, reason });
  }

  /** Passes on an update that the room has framed. */
  forward(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#outbox.forward(frame);
    if (this.#outbox.isFull) this.#options.room.noteFull(this);
  }

  /** What the room has to say to this peer alone. */
  reply(update: Uint8Array): void {
    this.#sendUpdate(update);
  }

  /** Asks the peer for what this node lacks. */
  askAgain(): void {
    if (this.#state === "open") this.#send({ type: "sync-step-1", version: this.#options.room.relay.version() });
  }

  /** Everything that the room knows was forwarded. */
  settle(): void {
    this.#outbox.settle();
  }

  forwardPresence(frame: Uint8Array): void {
    if (this.#state === "open" && !this.#outbox.isBehind) this.#outbox.send(frame);
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
    if (this.#unsaved.length > 0) this.#options.room.awaitSave(this);
  }

  /** The room takes nothing in any more, or does again: then the peer is asked for what was turned away. */
  onReadOnly(): void {
    if (this.#state === "open") this.#away.tell();
    if (this.#state !== "open" || !this.#away.takeBack()) return;
    this.#orClose(() => this.#gap.open());
    this.#send({ type: "sync-step-1", version: this.#options.room.relay.version() });
  }

  /** Acknowledges `seq` once everything up to `position` is durable. */
  #ack(seq: number, position: number): void {
    if (this.#unsaved.at(-1)?.position === position) this.#unsaved.pop();
    this.#unsaved.push({ seq, position });
    this.onSaved(this.#options.room.durablePosition);
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #take(bytes: Uint8Array): void {
    this.#orClose(() => {
      const { kind } = this.#options;
      const most = kind === "tab" ? TAB_MESSAGE_BYTES_MAX : STOCK_MESSAGE_BYTES_MAX;
      if (bytes.length > most) throw new ProtocolError(CLOSE.updateTooLarge, `Message of ${bytes.length} bytes, at most ${most}`);
      this.#onFrame(decodeFrame(bytes), bytes.length);
    });
  }

  /** What `task` returns; null when what the peer has sent is at fault, which ends this connection. */
  #orClose<T>(task: () => T): T | null {
    try {
      return task();
    } catch (error) {
      if (error instanceof DecodeError) this.close(CLOSE.unreadable, error.message);
      else if (error instanceof ProtocolError) this.close(error.closeCode, error.message);
      else throw error;
      return null;
    }
  }

  /** `outcome`: of what the frame brings, which is in already. */
  #onFrame(frame: Frame, bytes: number, outcome: Outcome | null = null): void {
    const { room, kind } = this.#options;
    if (this.#state === "greeting" && frame.type !== "epoch" && frame.type !== "heartbeat") {
      throw new ProtocolError(CLOSE.protocolError, `Expected an epoch first, got ${frame.type}`);
    }
    if (outcome === null && !this.#isReadyFor(frame, bytes)) return;
    if (this.#isTraced) {
      if (frame.type === "numbered") this.#trace({ kind: "received", frame: frame.type, bytes, seq: frame.seq });
      else this.#trace({ kind: "received", frame: frame.type, bytes });
    }
    switch (frame.type) {
      case "sync-step-1":
        if (frame.version.length > VERSION_BYTES_MAX) throw new ProtocolError(CLOSE.tooBig, `A version of ${frame.version.length} bytes`);
        // Who comes with nothing has what it is answered with, or still nothing.
        if (kind === "tab") room.noteVersion(this.#options.replicaId, frame.version.length > 1 ? frame.version : room.relay.version());
        this.#answer(frame.version);
        return;
      case "sync-step-2":
      case "update":
        this.#receive(frame.update, frame.type === "sync-step-2", outcome);
        return;
      case "numbered":
        if (frame.seq <= this.#lastSeq) throw new ProtocolError(CLOSE.protocolError, `Number ${frame.seq} after ${this.#lastSeq}`);
        this.#lastSeq = frame.seq;
        if (!this.#receive(frame.frame.update, frame.frame.type === "sync-step-2", outcome)) return;
        this.#ack(frame.seq, room.appendedPosition);
        return;
      case "awareness":
        this.#intake.take(frame.update);
        return;
      case "query-awareness":
        this.#owesPresence = true;
        room.atEndOfTurn(() => {
          if (!this.#owesPresence) return;
          this.#owesPresence = false;
          if (!this.#outbox.isBehind) this.#sendPresence();
        });
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
      case "piece": {
        if (kind === "stock") throw new ProtocolError(CLOSE.protocolError, "A piece from a peer that knows none");
        const whole = (this.#pieces ??= new PieceReader(PIECED_BYTES_MAX)).take(frame);
        if (whole === null) return;
        if (frame.totalBytes < ASSEMBLED_BYTES_MIN) return this.#onFrame(whole, frame.totalBytes);
        this.#assembled = { frame: whole, bytes: frame.totalBytes, outcome: null };
        this.#wait();
        return;
      }
      case "ack":
      case "refusal":
      case "auth":
        throw new ProtocolError(CLOSE.protocolError, `A client does not send ${frame.type}`);
      default:
        return unreachable(frame);
    }
  }

  /** Whether the room can take in now what `frame` brings. If not, it comes again when it can, before all that follows it. */
  #isReadyFor(frame: Frame, bytes: number): boolean {
    const { room } = this.#options;
    const { type } = frame;
    if (room.readOnly !== null || (type !== "update" && type !== "sync-step-2" && type !== "numbered")) return true;
    const update = type === "numbered" ? frame.frame.update : frame.update;
    // The frame is held here, and not by whoever calls back: with a session that has gone it is let go.
    this.#assembled = { frame, bytes, outcome: null };
    const goOn = (outcome: Outcome | null): void => {
      this.#isPreparing = false;
      if (this.#assembled === null) return;
      this.#assembled = { ...this.#assembled, outcome };
      room.queue(this);
    };
    this.#isPreparing = true;
    if (room.isReadyFor(update, () => goOn(null)) && !room.receiveInTurns(update, this, goOn)) {
      this.#isPreparing = false;
      this.#assembled = null;
      return true;
    }
    // Where a turn ends at once it may have come already.
    if (this.#isPreparing) this.#gate.hold();
    return false;
  }

  /** Answers step 1: the first question of a turn at once, of those that come before it is answered the last one then ([SY1]). */
  #answer(version: Uint8Array): void {
    // A copy: it may outlive the buffer of its message.
    const asked = version.slice();
    if (this.#answersOwed > 0) {
      this.#askedVersion = asked;
      return;
    }
    this.#answersOwed++;
    this.#outbox.answer(asked);
    this.#options.room.atEndOfTurn(() => this.#answerNext());
  }

  #answerNext(): void {
    if (--this.#answersOwed > 0) return;
    const next = this.#askedVersion;
    this.#askedVersion = null;
    if (next !== null && this.#state === "open") this.#answer(next);
  }

  #framesSince(version: Uint8Array, type: "update" | "sync-step-2", take: (frames: readonly Uint8Array[]) => void): void {
    const { room, kind } = this.#options;
    this.#answersOwed++;
    const answered = (make: () => readonly Uint8Array[]): void => {
      const frames = this.#isClosed() ? null : this.#orClose(make);
      if (frames === null) return;
      take(frames);
      if (this.#isClosed()) return;
      if (type === "sync-step-2") {
        // What is asked for is paid for like what is sent.
        const bytes = frames.reduce((sum, { length }) => sum + length, 0);
        this.#gate.spend(bytes / TOKEN_BYTES);
        room.charge(bytes);
      }
      this.#answerNext();
    };
    room.framesSoon(version, type, kind === "tab", answered, () => this.#isClosed());
  }

  /** Returns whether everything that this peer has sent is in; otherwise it is asked for what is missing ([UP2]). */
  #receive(update: Uint8Array, isAnswer: boolean, outcome: Outcome | null): boolean {
    const { room } = this.#options;
    if (room.readOnly !== null && outcome === null) return this.#away.note();
    const { reply, isWaiting } = outcome === null ? room.receive(update, this) : outcome();
    if (reply !== null) this.#sendUpdate(reply);
    // A single update closes no gap before it: only an answer holds everything.
    if (this.#gap.isOpen && !isAnswer) {
      this.#gap.stayOpen();
      return false;
    }
    if (!isWaiting) {
      this.#gap.close();
      return true;
    }
    this.#gap.open();
    this.#send({ type: "sync-step-1", version: room.relay.version() });
    return false;
  }

  #sendUpdate(update: Uint8Array): void {
    const frame = encodeFrame({ type: "update", update });
    if (frame.length <= PIECE_BYTES_MAX || this.#options.kind === "stock") this.#send({ type: "update", update });
    else this.#outbox.forward(frame);
  }

  #sendPresence(): void {
    const { room } = this.#options;
    if (this.#state !== "open" || !room.hasPresence) return;
    const { table } = room.presence;
    if (table.states().size === 0) return;
    const update = table.encode();
    this.#gate.spend(update.length / TOKEN_BYTES);
    this.#send({ type: "awareness", update });
  }

  #sendEpoch(): void {
    const { room, kind } = this.#options;
    if (kind === "stock") return;
    this.#hasEpoch = room.isNote;
    if (!this.#hasEpoch) room.awaitSave(this);
    this.#send({ type: "epoch", epoch: room.isNote ? room.epoch : null });
  }

  #open(): void {
    const { room, kind } = this.#options;
    this.#state = "open";
    if (kind === "stock") this.#hasEpoch = true;
    this.#trace({ kind: "state", state: "open" });
    if (room.readOnly !== null) this.#away.tell();
    this.#send({ type: "sync-step-1", version: room.relay.version() });
    this.#sendPresence();
  }

  /** Shows a sign of life at intervals; ends a connection of ours that shows none. */
  #beat(): void {
    const { clock, kind } = this.#options;
    const isMute = kind === "stock" || this.#gate.isShut;
    const silenceMs = isMute ? HEARTBEAT_MS : this.#heardAtMs + SILENCE_MS_MAX - clock.now();
    this.#cancelTimer = clock.setTimer(kind === "tab" ? Math.min(HEARTBEAT_MS, silenceMs) : STOCK_SIGN_OF_LIFE_MS, () => {
      if (kind === "tab") {
        // A peer that is not read cannot be heard.
        if (!this.#gate.isShut && clock.now() - this.#heardAtMs >= SILENCE_MS_MAX) {
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
    if (this.#isTraced) this.#trace({ kind: "sent", frame: frame.type, bytes: bytes.length });
    this.#outbox.send(bytes);
  }

  get #intake(): PresenceIntake {
    const { room, clock } = this.#options;
    return (this.#presence ??= new PresenceIntake({
      room,
      clock,
      owner: this,
      onUnreadable: (reason) => this.close(CLOSE.unreadable, reason),
    }));
  }

  get #away(): TurnedAway {
    const { room, kind } = this.#options;
    return (this.#turnedAway ??= new TurnedAway({ kind, reason: () => room.readOnly, send: (frame) => this.#send(frame) }));
  }

  get #isTraced(): boolean {
    const { tracer, room } = this.#options;
    return tracer.keeps?.(room.noteId) !== false;
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, room, replicaId } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "session", noteId: room.noteId, replica: replicaId });
  }
}
