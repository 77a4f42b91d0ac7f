/**
 * What is on its way to one peer, bounded. A peer that reads too slowly is sent no more updates; once it has read, one
 * difference brings it up to date ([OB1]). One that does not read at all is given up ([OB2]). Large answers leave in
 * pieces, or whole for a peer that knows no pieces, and not before there is room for them.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import type { Transport } from "../network/transport.ts";
import { encodePieces } from "./frames.ts";
import { OUTBOX_HARD_BYTES, OUTBOX_LOOK_MS, OUTBOX_LOW_BYTES, OUTBOX_SOFT_BYTES, OVERLOAD_MS_MAX, PIECE_BYTES_MAX } from "./limits.ts";

/** What the outbox asks of the room when it has something to make up for. */
export interface OutboxSource {
  version(): Uint8Array;
  /** Hands over, now or later, the messages that bring the holder of `version` up to date; the last one of `type`, or its last piece. */
  framesSince(version: Uint8Array, type: "update" | "sync-step-2", take: (frames: readonly Uint8Array[]) => void): void;
  /** The peer has much unread: `settle` is to be called once everything known was forwarded. */
  onFull(): void;
  /** The peer can be told of everything again: presence, for one. */
  onCaughtUp(): void;
  /** The peer does not read. */
  onOverflow(reason: string): void;
}

export interface OutboxOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly hasPieces: boolean;
  readonly source: OutboxSource;
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** Large frames that have not left yet; pieces are views of one frame. */
  #queue: Uint8Array[] = [];
  /** The version that the peer has or is on its way to have; null: it is sent every update. */
  #behindAt: Uint8Array | null = null;
  /** The version of a question that waits to be answered. */
  #asked: Uint8Array | null = null;
  /** Of the largest answer that is on its way whole: it is the note, which all who ask for it share. */
  #answerBytes = 0;
  #cancelLook: CancelTimer | null = null;
  #leastBytes = 0;
  #readAtMs = 0;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#behindAt !== null;
  }

  /** Whether the peer has too much unread: the owner calls `settle` once everything known was forwarded. */
  get isFull(): boolean {
    return this.#queue.length > 0 || this.#options.transport.bufferedBytes > OUTBOX_SOFT_BYTES;
  }

  /** Bytes that have not left. */
  get bytes(): number {
    return this.#options.transport.bufferedBytes + this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  /** Sends a small frame that must not be lost: an ack, a heartbeat, a question. */
  send(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.#options.transport.send(frame);
    const { bufferedBytes } = this.#options.transport;
    if (bufferedBytes > OUTBOX_HARD_BYTES + this.#answerBytes) this.#options.source.onOverflow(`${bufferedBytes} bytes are unread`);
  }

  /**
   * Passes on an update, or leaves it to the difference that follows. Falling behind is for `settle` alone: until then the
   * room's version may cover updates that have not been forwarded, and no difference would bring those.
   */
  forward(frame: Uint8Array): void {
    if (this.#isClosed || this.#behindAt !== null) return;
    const isLarge = frame.length > PIECE_BYTES_MAX && this.#options.hasPieces;
    if (!isLarge && this.#queue.length === 0) {
      this.send(frame);
      return;
    }
    if (isLarge) this.#queue.push(...encodePieces(frame));
    else this.#queue.push(frame);
    this.#pump();
  }

  /** After everything that the room knows was forwarded: a peer with too much unread gets no more until it has read. */
  settle(): void {
    if (!this.#isClosed && this.#behindAt === null && this.isFull) this.#fallBehind();
  }

  /** Answers sync step 1, at once or when there is room; of several questions that wait, the last. */
  answer(version: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#behindAt === null) this.#sendSince(version, "sync-step-2");
    else this.#asked = version;
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#behindAt = this.#asked = null;
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  #sendSince(version: Uint8Array, type: "update" | "sync-step-2"): void {
    this.#options.source.framesSince(version, type, (frames) => {
      if (this.#isClosed) return;
      this.#queue.push(...frames);
      this.#pump();
      // The frames may be older than the version, which may cover what waits to be forwarded.
      if (this.#behindAt === null && this.isFull) this.#options.source.onFull();
    });
  }

  /** Sends of the queue what there is room for. */
  #pump(): void {
    const { transport } = this.#options;
    while (this.#queue.length > 0 && transport.bufferedBytes <= OUTBOX_SOFT_BYTES) {
      const frame = this.#queue.shift()!;
      this.#answerBytes = Math.max(this.#answerBytes, frame.length);
      transport.send(frame);
    }
  }

  #fallBehind(): void {
    const { clock, source, transport } = this.#options;
    this.#behindAt ??= source.version();
    if (this.#cancelLook !== null) return;
    this.#leastBytes = transport.bufferedBytes;
    this.#readAtMs = clock.now();
    this.#cancelLook = clock.setTimer(OUTBOX_LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, source, transport } = this.#options;
    this.#cancelLook = null;
    const nowMs = clock.now();
    const { bufferedBytes } = transport;
    if (bufferedBytes < this.#leastBytes || bufferedBytes <= OUTBOX_LOW_BYTES) this.#readAtMs = nowMs;
    if (nowMs - this.#readAtMs >= OVERLOAD_MS_MAX) {
      source.onOverflow(`Nothing was read for ${OVERLOAD_MS_MAX / 1_000} s`);
      return;
    }
    if (bufferedBytes <= OUTBOX_LOW_BYTES) this.#pump();
    this.#leastBytes = transport.bufferedBytes;
    if (this.#queue.length === 0 && transport.bufferedBytes <= OUTBOX_LOW_BYTES) this.#catchUp();
    if (this.#behindAt !== null) this.#cancelLook ??= clock.setTimer(OUTBOX_LOOK_MS, () => this.#look());
  }

  #catchUp(): void {
    const [behindAt, asked] = [this.#behindAt, this.#asked];
    this.#behindAt = this.#asked = null;
    this.#answerBytes = 0;
    if (behindAt === null) return;
    if (asked !== null) this.#sendSince(asked, "sync-step-2");
    else this.#sendSince(behindAt, "update");
    if (!this.isBehind) this.#options.source.onCaughtUp();
  }
}
