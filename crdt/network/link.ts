/**
 * One direction between two ends, under conditions. Frames leave in the order in which they came (a
 * WebSocket is one TCP stream: it delays or breaks, it never reorders), unless it is told to be of datagrams: then some are
 * lost, doubled and overtaken, and once it is a stream again it breaks if something was lost, so that sync asks for that.
 *
 * At a cut. Blackhole: frames in flight stop where they are and newer ones queue behind them, as TCP would
 * keep retransmitting; after the heal they leave in order, each with the latency of that moment. Reset: what
 * is in flight is lost and the connection ends. A connection that dies while it is cut loses what it held.
 *
 * Under no condition a frame is delivered within `send`: no timer, no queue. Whoever feeds a link must not mind that; both
 * a socket and a pipe bring frames in turns of their own.
 */

import { assert } from "../base/assert.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import type { Prng } from "../base/prng.ts";
import { isClear, type LinkConditions } from "./conditions.ts";
import { FlapSchedule } from "./flap.ts";
import { jitterMsOf } from "./jitter.ts";

/** Above this a blackholed connection breaks, as a full send buffer would. */
export const HELD_BYTES_MAX = 8 * 1024 * 1024;
/** How much later a datagram may come that others overtake. */
export const LATE_MS_MAX = 500;

export type Direction = "up" | "down";

/** What happens to a frame, for the journal. */
export type LinkEvent = "entered" | "delivered" | "held" | "dropped";

export interface LinkOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly direction: Direction;
  readonly conditions: LinkConditions;
  /** Takes a frame that has arrived. */
  deliver(frame: Uint8Array): void;
  /** The connection broke: by a reset, or because more than `HELD_BYTES_MAX` piled up. Called at most once. */
  onReset(reason: string): void;
  /** Whether a frame goes on through a hold (not through a cut), so that whoever steps through messages keeps the connection. */
  passesHold?(frame: Uint8Array): boolean;
  /** Whether a frame may be lost, doubled and overtaken where the conditions say so; without it none is. */
  isDatagram?(frame: Uint8Array): boolean;
  /** Told of each frame; `frameId` counts from 0 in each link. */
  trace?(event: LinkEvent, frameId: number, bytes: number, frame: Uint8Array): void;
}

/** A frame on its way. */
export interface Flying {
  readonly id: number;
  readonly frame: Uint8Array;
  readonly enteredAtMs: number;
  /** Instant of arrival; null while it is held. */
  readonly dueMs: number | null;
  /** How much of its way it has behind it, 0 to 1. */
  readonly share: number;
}

interface Flight {
  readonly id: number;
  readonly frame: Uint8Array;
  readonly enteredAtMs: number;
  dueMs: number | null;
  /** How much later than the link's conditions have it. */
  extraMs: number;
  /** When it was last set going, and how much of its way it had behind it then. */
  fromMs: number;
  fromShare: number;
}

/** `held`: by hand, and some frames pass; `cut`: nothing passes. */
type Passage = "open" | "held" | "cut";

export class Link {
  readonly #options: LinkOptions;
  readonly #flights: Flight[] = [];
  #conditions: LinkConditions;
  #isClear: boolean;
  #flap: FlapSchedule | null = null;
  #isClosed = false;
  #isHeld = false;
  /** As of the last turn. */
  #passage: Passage = "open";
  #nextId = 0;
  #lastDueMs = 0;
  /** When the bandwidth queue is empty again. */
  #freeAtMs = 0;
  #heldBytes = 0;
  /** Whether a datagram was lost here: what lacks it may never ask for it. */
  #hasLost = false;
  #cancelTimer: CancelTimer | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#conditions = options.conditions;
    this.#isClear = isClear(options.conditions);
    this.#follow();
    this.#passage = this.#passageNow;
    if (this.#conditions.cut === "reset") this.#break("The link is reset");
  }

  /** Whether nothing enters any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes that have entered and not arrived. */
  get bufferedBytes(): number {
    return this.#heldBytes;
  }

  /** Whether nothing passes at this moment. */
  get isCut(): boolean {
    return this.#passageNow !== "open";
  }

  get #passageNow(): Passage {
    if (this.#conditions.cut !== "open" || (this.#flap !== null && !this.#flap.isOn)) return "cut";
    return this.#isHeld ? "held" : "open";
  }

  /** What is on its way, the first to arrive first. */
  get flights(): readonly Flying[] {
    const nowMs = this.#options.clock.now();
    return this.#flights.map((flight) => ({ ...flight, share: shareOf(flight, nowMs) }));
  }

  /** Does nothing once the link is closed or broken. */
  send(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#isClear && !this.#isHeld && this.#flights.length === 0) {
      const id = this.#nextId++;
      this.#options.trace?.("entered", id, frame.length, frame);
      this.#options.trace?.("delivered", id, frame.length, frame);
      this.#options.deliver(frame);
      return;
    }
    if (this.#conditions.datagrams !== undefined && this.#options.isDatagram?.(frame) === true) this.#sendDatagram(frame);
    else this.#enter(frame, 0);
  }

  /** Chance is drawn for each of the three, whatever the others gave: so each share is what it says. */
  #sendDatagram(frame: Uint8Array): void {
    const { prng } = this.#options;
    const { loss, dup, reorder } = this.#conditions.datagrams!;
    const [isLost, isDoubled, isLate] = [prng.float() < loss, prng.float() < dup, prng.float() < reorder];
    if (isLost) {
      const id = this.#nextId++;
      this.#options.trace?.("entered", id, frame.length, frame);
      this.#options.trace?.("dropped", id, frame.length, frame);
      this.#hasLost = true;
    } else this.#enter(frame, isLate ? prng.int(1, LATE_MS_MAX) : 0);
    if (isDoubled && !this.#isClosed) this.#enter(frame, prng.int(1, LATE_MS_MAX));
  }

  #enter(frame: Uint8Array, extraMs: number): void {
    const enteredAtMs = this.#options.clock.now();
    const flight: Flight = { id: this.#nextId++, frame, enteredAtMs, dueMs: null, extraMs, fromMs: enteredAtMs, fromShare: 0 };
    this.#flights.push(flight);
    this.#heldBytes += frame.length;
    this.#trace("entered", flight);
    if (this.#heldBytes > HELD_BYTES_MAX) {
      this.#break(`More than ${HELD_BYTES_MAX} bytes are held`);
    } else if (!this.#passes(frame)) {
      this.#trace("held", flight);
    } else {
      this.#schedule(flight);
      const before = this.#flights.at(-2);
      if (before !== undefined && (before.dueMs ?? Infinity) > flight.dueMs!) this.#sort();
      this.#arm();
    }
  }

  /** Takes effect at once: on frames in flight only where it cuts or heals. */
  setConditions(conditions: LinkConditions): void {
    if (this.#isClosed) return;
    const isOver = this.#hasLost && conditions.datagrams === undefined;
    const hasNewFlap = conditions.flap?.onMs !== this.#conditions.flap?.onMs || conditions.flap?.offMs !== this.#conditions.flap?.offMs;
    this.#conditions = conditions;
    this.#isClear = isClear(conditions);
    if (hasNewFlap) this.#follow();
    if (conditions.cut === "reset") this.#break("The link is reset");
    else if (isOver) this.#break("A stream again: what the datagrams lost is asked for over a new connection");
    else this.#turn();
  }

  /** Holds what is on its way and what comes after it, beside any cut; or lets it go on. */
  setHeld(isHeld: boolean): void {
    if (this.#isClosed) return;
    this.#isHeld = isHeld;
    this.#turn();
  }

  /**
   * Lets one frame arrive at once, held or not, before those ahead of it. As `drop` and `duplicate` it does to a stream what
   * only a network of datagrams does: whoever reads must cope. Returns false when no such frame is on its way.
   */
  deliverNow(id: number): boolean {
    const flight = this.#take(id);
    if (flight === null) return false;
    this.#trace("delivered", flight);
    this.#options.deliver(flight.frame);
    this.#arm();
    return true;
  }

  /** Loses one frame; the connection stays. Returns false when no such frame is on its way. */
  drop(id: number): boolean {
    const flight = this.#take(id);
    if (flight === null) return false;
    this.#trace("dropped", flight);
    this.#arm();
    return true;
  }

  /** Lets one frame arrive twice, the copy right behind it. Returns false when no such frame is on its way. */
  duplicate(id: number): boolean {
    const at = this.#flights.findIndex((flight) => flight.id === id);
    if (at < 0) return false;
    const copy: Flight = { ...this.#flights[at]!, id: this.#nextId++ };
    this.#flights.splice(at + 1, 0, copy);
    this.#heldBytes += copy.frame.length;
    this.#trace("entered", copy);
    return true;
  }

  /** Lets one frame arrive `ms` later than it would, after those that overtake it then. Returns false when no such frame is on its way. */
  delay(id: number, ms: number): boolean {
    const flight = this.#flights.find((each) => each.id === id);
    if (flight === undefined) return false;
    const nowMs = this.#options.clock.now();
    flight.fromShare = shareOf(flight, nowMs);
    flight.fromMs = nowMs;
    flight.extraMs += ms;
    if (flight.dueMs !== null) flight.dueMs += ms;
    this.#sort();
    return true;
  }

  /**
   * Lets one frame arrive right before the one ahead of it (`step` -1), or right after the one behind it (1). Returns false when no
   * such frame is on its way, or none there that is held, or flies, as it does.
   */
  swap(id: number, step: -1 | 1): boolean {
    const at = this.#flights.findIndex((flight) => flight.id === id);
    const [one, other] = [this.#flights[at], at < 0 ? undefined : this.#flights[at + step]];
    // An empty frame stands for a goodbye, which stays the last.
    if (one === undefined || other === undefined || (one.dueMs === null) !== (other.dueMs === null) || other.frame.length === 0)
      return false;
    return this.move(id, step < 0 ? "before" : "after", other.id);
  }

  /**
   * Lets one frame arrive right before or right after another of this link. Returns false when one of them is not on its way,
   * they are the same, or the other goes on while this one is held.
   */
  move(id: number, side: "before" | "after", other: number): boolean {
    const flight = this.#flights.find((each) => each.id === id);
    const target = this.#flights.find((each) => each.id === other);
    if (flight === undefined || target === undefined || flight === target) return false;
    if (target.dueMs !== null && !this.#passes(flight.frame)) return false;
    const nowMs = this.#options.clock.now();
    flight.fromShare = shareOf(flight, nowMs);
    flight.fromMs = nowMs;
    flight.dueMs = target.dueMs;
    flight.extraMs = target.extraMs;
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    this.#flights.splice(this.#flights.indexOf(target) + (side === "after" ? 1 : 0), 0, flight);
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#arm();
    return true;
  }

  /** Drops what has not arrived and stops every timer. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flap?.close();
    this.#cancelTimer?.();
    for (const flight of this.#flights.splice(0)) this.#trace("dropped", flight);
    this.#heldBytes = 0;
  }

  #follow(): void {
    this.#flap?.close();
    const { flap } = this.#conditions;
    this.#flap = flap === null ? null : new FlapSchedule(this.#options.clock, flap, () => this.#turn());
  }

  /** Holds or releases what is in flight when the link has gone over from one state to another. */
  #turn(): void {
    const was = this.#passage;
    this.#passage = this.#passageNow;
    if (was === this.#passage) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#passage === "open") {
      this.#lastDueMs = 0;
      this.#freeAtMs = 0;
    }
    const nowMs = this.#options.clock.now();
    for (const flight of this.#flights) {
      if (this.#passes(flight.frame)) {
        if (flight.dueMs === null) this.#schedule(flight);
      } else if (flight.dueMs !== null || was === "open") {
        flight.fromShare = shareOf(flight, nowMs);
        flight.dueMs = null;
        this.#trace("held", flight);
      }
    }
    this.#sort();
    this.#arm();
  }

  #passes(frame: Uint8Array): boolean {
    return this.#passage === "open" || (this.#passage === "held" && this.#options.passesHold?.(frame) === true);
  }

  /** The first to arrive first, those that are held last; the order of equal ones stays. */
  #sort(): void {
    const dues = this.#flights.map(({ dueMs }) => dueMs ?? Infinity);
    if (dues.every((dueMs, at) => at === 0 || dues[at - 1]! <= dueMs)) return;
    this.#flights.sort((a, b) => (a.dueMs === b.dueMs ? 0 : (a.dueMs ?? Infinity) - (b.dueMs ?? Infinity)));
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#arm();
  }

  #schedule(flight: Flight): void {
    const { clock, prng } = this.#options;
    const { latencyMs, bandwidthBitsPerS } = this.#conditions;
    const nowMs = clock.now();
    let leavesMs = nowMs;
    if (bandwidthBitsPerS !== null) {
      leavesMs = Math.max(nowMs, this.#freeAtMs) + (flight.frame.length * 8_000) / bandwidthBitsPerS;
      this.#freeAtMs = leavesMs;
    }
    flight.fromMs = nowMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, leavesMs + latencyMs + jitterMsOf(this.#conditions, prng));
    flight.dueMs = this.#lastDueMs + flight.extraMs;
  }

  #arm(): void {
    const [first] = this.#flights;
    if (this.#cancelTimer !== null || this.#isClosed || first === undefined || first.dueMs === null) return;
    const delayMs = first.dueMs - this.#options.clock.now();
    this.#cancelTimer = this.#options.clock.setTimer(Math.max(0, delayMs), () => {
      this.#cancelTimer = null;
      this.#arrive();
    });
  }

  #arrive(): void {
    const nowMs = this.#options.clock.now();
    for (let [first] = this.#flights; first !== undefined && first.dueMs !== null && first.dueMs <= nowMs; [first] = this.#flights) {
      this.#flights.shift();
      this.#heldBytes -= first.frame.length;
      assert(this.#heldBytes >= 0, `A link holds ${this.#heldBytes} bytes`);
      this.#trace("delivered", first);
      this.#options.deliver(first.frame);
    }
    this.#arm();
  }

  /** Takes a frame out, and forgets when the next was to arrive. */
  #take(id: number): Flight | null {
    const at = this.#flights.findIndex((flight) => flight.id === id);
    const [flight] = at < 0 ? [] : this.#flights.splice(at, 1);
    if (flight === undefined) return null;
    this.#heldBytes -= flight.frame.length;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    return flight;
  }

  #break(reason: string): void {
    this.close();
    this.#options.onReset(reason);
  }

  #trace(event: LinkEvent, { id, frame }: Flight): void {
    this.#options.trace?.(event, id, frame.length, frame);
  }
}

function shareOf({ dueMs, fromMs, fromShare }: Flight, nowMs: number): number {
  if (dueMs === null) return fromShare;
  return dueMs <= fromMs ? 1 : Math.min(1, fromShare + (1 - fromShare) * ((nowMs - fromMs) / (dueMs - fromMs)));
}
