/**
 * Presence's own way through a connection, beside that of the note: on both directions its messages can be late, lost or held
 * back. Lies between the conditioned transport and the session, so that a link's own faults hold for presence as well.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import type { Transport } from "../network/transport.ts";
import { encodeFrame, peekFrameType } from "./frames.ts";
import { EMPTY_PRESENCE } from "./presence.ts";
import { CLEAR_LANE, isClearLane, type LaneConditions, type PresenceBoard, type PresenceConditions } from "./presence-board.ts";

/** What waits in one direction; beyond it the oldest are lost, since newer ones say more. */
const WAITING_MAX = 200;
const WAITING_BYTES_MAX = 1024 * 1024;
/** Says nothing of anybody; to a stock client it is a sign of life, and without it the client would leave. */
const SIGN_OF_LIFE_BYTES = encodeFrame({ type: "awareness", update: EMPTY_PRESENCE }).length;

export interface LanedOptions {
  readonly replica: ReplicaId;
  readonly board: PresenceBoard;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly transport: Transport;
  readonly onFrame: (frame: Uint8Array) => void;
}

export interface Laned {
  /** For the session. */
  readonly transport: Transport;
  /** The link has let a frame out. */
  onFrame(frame: Uint8Array): void;
  /** Loses what waits and leaves no timer. */
  close(): void;
}

export function layPresenceLanes(options: LanedOptions): Laned {
  return new PresenceLanes(options);
}

/** Both directions of one connection. A lane is there from its first condition on: hardly any connection ever has one. */
class PresenceLanes implements Laned {
  readonly transport: Transport = new LanedTransport(this);
  readonly options: LanedOptions;
  readonly #detach: () => void;
  #up: PresenceLane | null = null;
  #down: PresenceLane | null = null;

  constructor(options: LanedOptions) {
    this.options = options;
    this.#detach = options.board.attach(options.replica, (conditions) => this.#set(conditions));
  }

  onFrame(frame: Uint8Array): void {
    if (this.#up !== null) this.#up.take(frame);
    else this.options.onFrame(frame);
  }

  send(frame: Uint8Array): void {
    if (this.#down !== null) this.#down.take(frame);
    else this.options.transport.send(frame);
  }

  close(): void {
    this.#detach();
    this.#up?.close();
    this.#down?.close();
  }

  #set({ up, down }: PresenceConditions): void {
    if (this.#up === null && isClearLane(up) && isClearLane(down)) return;
    const { clock, prng, transport, onFrame } = this.options;
    this.#up ??= new PresenceLane(clock, prng, onFrame);
    this.#down ??= new PresenceLane(clock, prng, (frame) => transport.send(frame));
    this.#up.set(up);
    this.#down.set(down);
  }
}

/** What the session writes to. */
class LanedTransport implements Transport {
  readonly #lanes: PresenceLanes;

  constructor(lanes: PresenceLanes) {
    this.#lanes = lanes;
  }

  get bufferedBytes(): number {
    return this.#lanes.options.transport.bufferedBytes;
  }

  send(frame: Uint8Array): void {
    this.#lanes.send(frame);
  }

  close(code: number, reason: string): void {
    this.#lanes.options.transport.close(code, reason);
  }

  pause(): void {
    this.#lanes.options.transport.pause?.();
  }

  resume(): void {
    this.#lanes.options.transport.resume?.();
  }
}

/** One direction. What is no presence passes at once, and so overtakes what waits. */
class PresenceLane {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #deliver: (frame: Uint8Array) => void;
  #conditions: LaneConditions = CLEAR_LANE;
  /** In order. `dueMs`: null while it is held. */
  #waiting: { readonly frame: Uint8Array; dueMs: number | null }[] = [];
  #waitingBytes = 0;
  #isClear = true;
  #cancelTimer: CancelTimer | null = null;

  constructor(clock: Clock, prng: Prng, deliver: (frame: Uint8Array) => void) {
    this.#clock = clock;
    this.#prng = prng;
    this.#deliver = deliver;
  }

  take(frame: Uint8Array): void {
    const isFree = this.#isClear && this.#waiting.length === 0;
    if (isFree || frame.length <= SIGN_OF_LIFE_BYTES || peekFrameType(frame) !== "awareness") {
      this.#deliver(frame);
      return;
    }
    if (this.#conditions.lossShare > 0 && this.#prng.float() < this.#conditions.lossShare) return;
    // A copy: it may outlive the buffer of its message.
    this.#waiting.push({ frame: frame.slice(), dueMs: this.#dueMs() });
    this.#waitingBytes += frame.length;
    while (this.#waiting.length > WAITING_MAX || this.#waitingBytes > WAITING_BYTES_MAX) this.#shift();
    this.#arm();
  }

  /** Takes effect at once: on what waits only where it cuts or heals. */
  set(conditions: LaneConditions): void {
    const wasCut = this.#conditions.isCut;
    this.#conditions = conditions;
    this.#isClear = isClearLane(conditions);
    if (wasCut === conditions.isCut) return;
    for (const each of this.#waiting) each.dueMs = this.#dueMs();
    this.#arm();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#conditions = CLEAR_LANE;
    this.#isClear = true;
  }

  #shift(): void {
    this.#waitingBytes -= this.#waiting.shift()?.frame.length ?? 0;
  }

  #dueMs(): number | null {
    return this.#conditions.isCut ? null : this.#clock.now() + this.#conditions.latencyMs;
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const dueMs = this.#waiting[0]?.dueMs ?? null;
    if (dueMs === null) return;
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.now()), () => {
      this.#cancelTimer = null;
      const nowMs = this.#clock.now();
      for (let [first] = this.#waiting; first !== undefined && first.dueMs !== null && first.dueMs <= nowMs; [first] = this.#waiting) {
        this.#shift();
        this.#deliver(first.frame);
      }
      this.#arm();
    });
  }
}
