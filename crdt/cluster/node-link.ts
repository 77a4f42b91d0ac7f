/**
 * The link from this node to one other: made by the one whose name comes first, made again whenever it breaks, up only when
 * both directions pass. Silence is counted in beats and not by the clock, which may jump.
 */

import type { CancelTimer } from "../base/clock.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { Prng } from "../base/prng.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Closed, Connect, Transport } from "../network/transport.ts";
import { CLOSE } from "../sync/close-codes.ts";
import type { NodeClock } from "./node-clock.ts";
import { decodeNodeFrame, encodeNodeFrame, type NodeFrame } from "./node-frames.ts";

/** How often each side shows that it lives. */
export const BEAT_MS = 1_000;
/** A node that was silent for so many beats is out of reach; more than the latency that a link may be given. */
export const SILENT_BEATS_MAX = 6;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 1_000;

export interface NodeLinkOptions {
  readonly self: NodeId;
  readonly peer: NodeId;
  readonly clock: NodeClock;
  readonly prng: Prng;
  /** null: the peer connects. */
  readonly connect: Connect | null;
  readonly isSettled: () => boolean;
  /** Both directions pass. Whatever was on its way before is lost. */
  readonly onUp: (isPeerSettled: boolean) => void;
  readonly onDown: () => void;
  /** @throws DecodeError, ProtocolError; the connection is then made anew. */
  readonly onFrame: (frame: NodeFrame) => void;
}

/** What the owner of the transport passes on. */
export interface LinkHandlers {
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onClose: (closed: Closed) => void;
}

export class NodeLink {
  readonly #options: NodeLinkOptions;
  #transport: Transport | null = null;
  /** Counts connections, so that what an old one still says is not heard. */
  #generation = 0;
  #isUp = false;
  #isPeerSettled = false;
  #silentBeats = 0;
  #nonce = 0;
  #cancelBeat: CancelTimer | null = null;
  #cancelRetry: CancelTimer | null = null;
  #isClosed = false;

  constructor(options: NodeLinkOptions) {
    this.#options = options;
    if (options.connect !== null) this.#dial(options.connect);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Returns whether the link is up; what is sent while it is not is lost. */
  send(frame: NodeFrame): boolean {
    if (this.#isUp) this.#transport?.send(encodeNodeFrame(frame));
    return this.#isUp;
  }

  /** The peer has connected. Takes the place of an older connection, which the peer has given up. */
  accept(transport: Transport): LinkHandlers {
    this.#drop();
    const generation = this.#generation;
    this.#transport = transport;
    this.#greet();
    return this.#handlers(generation);
  }

  /** For good. No timer is left. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRetry?.();
    this.#drop();
  }

  #dial(connect: Connect): void {
    this.#drop();
    const generation = this.#generation;
    const { onFrame, onClose } = this.#handlers(generation);
    this.#transport = connect({
      onOpen: () => this.#options.clock.run(() => generation === this.#generation && this.#greet()),
      onFrame,
      onClose,
    });
  }

  #handlers(generation: number): LinkHandlers {
    const { clock } = this.#options;
    const inTurn = (task: () => void): void => clock.run(() => generation === this.#generation && task());
    return { onFrame: (bytes) => inTurn(() => this.#onBytes(bytes)), onClose: () => inTurn(() => this.#onClose()) };
  }

  #greet(): void {
    const { self, isSettled } = this.#options;
    this.#put({ type: "hello", node: self, isSettled: isSettled() });
    this.#ask();
    this.#beat();
  }

  #onBytes(bytes: Uint8Array): void {
    this.#silentBeats = 0;
    try {
      this.#onFrame(decodeNodeFrame(bytes));
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
      this.#transport?.close(CLOSE.unreadable, error.message.slice(0, 40));
      this.#onClose();
    }
  }

  #onFrame(frame: NodeFrame): void {
    if (frame.type === "hello") this.#isPeerSettled = frame.isSettled;
    else if (frame.type !== "beat") {
      if (this.#isUp) this.#options.onFrame(frame);
    } else if (!frame.isReply) this.#put({ type: "beat", isReply: true, nonce: frame.nonce });
    else if (!this.#isUp) {
      // Our words have reached the peer, and its words us.
      this.#isUp = true;
      this.#options.onUp(this.#isPeerSettled);
    }
  }

  #onClose(): void {
    this.#drop();
    const { connect, clock, prng } = this.#options;
    if (connect === null || this.#isClosed) return;
    this.#cancelRetry?.();
    this.#cancelRetry = clock.setTimer(prng.int(RETRY_MS_MIN, RETRY_MS_MAX), () => this.#dial(connect));
  }

  #beat(): void {
    this.#cancelBeat = this.#options.clock.setTimer(BEAT_MS, () => {
      if (++this.#silentBeats > SILENT_BEATS_MAX) {
        this.#transport?.close(CLOSE.goingAway, "Nothing heard");
        this.#onClose();
        return;
      }
      this.#ask();
      this.#beat();
    });
  }

  #ask(): void {
    this.#put({ type: "beat", isReply: false, nonce: ++this.#nonce });
  }

  #put(frame: NodeFrame): void {
    this.#transport?.send(encodeNodeFrame(frame));
  }

  #drop(): void {
    this.#generation++;
    this.#cancelBeat?.();
    this.#cancelBeat = null;
    this.#silentBeats = 0;
    const [transport, wasUp] = [this.#transport, this.#isUp];
    this.#transport = null;
    this.#isUp = false;
    transport?.close(CLOSE.goingAway, "Dropped");
    if (wasUp) this.#options.onDown();
  }
}
