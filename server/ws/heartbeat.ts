/**
 * Finds peers that are gone without a goodbye: pings each socket once in a period and ends those that answered
 * none until its next turn. One timer for all; it goes round in steps, so that thousands of pings never fall into one turn.
 *
 * These pings see dead sockets only. What is alive and cut off by an injected fault is the business of the frames
 * inside the links (SPEC.md [HB1]).
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";

/** Of a WebSocket, what is needed here. */
export interface Pingable {
  ping(): void;
  terminate(): void;
  /** Bytes that it has not taken yet. */
  readonly bufferedAmount: number;
  /** Whether nothing is read of it. */
  readonly isPaused: boolean;
}

const STEPS = 20;

export class Heartbeat {
  readonly #clock: Clock;
  readonly #stepMs: number;
  /** Each step's sockets, with the number of pings that they have left unanswered. */
  readonly #slots: Map<Pingable, number>[] = Array.from({ length: STEPS }, () => new Map<Pingable, number>());
  readonly #slotOf = new Map<Pingable, number>();
  #next = 0;
  #added = 0;
  #cancel: CancelTimer | null = null;

  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#stepMs = periodMs / STEPS;
  }

  add(peer: Pingable): void {
    // Evenly, whenever they come.
    const slot = this.#added++ % STEPS;
    this.#slots[slot]?.set(peer, 0);
    this.#slotOf.set(peer, slot);
    this.#cancel ??= this.#clock.setTimer(this.#stepMs, () => this.#step());
  }

  /** `peer` has shown that it lives. */
  heard(peer: Pingable): void {
    const slot = this.#slotOf.get(peer);
    if (slot !== undefined) this.#slots[slot]?.set(peer, 0);
  }

  remove(peer: Pingable): void {
    const slot = this.#slotOf.get(peer);
    if (slot !== undefined) this.#slots[slot]?.delete(peer);
    this.#slotOf.delete(peer);
    // An empty house keeps no timer.
    if (this.#slotOf.size === 0) this.close();
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #step(): void {
    this.#cancel = this.#clock.setTimer(this.#stepMs, () => this.#step());
    const slot = this.#slots[this.#next] ?? new Map<Pingable, number>();
    this.#next = (this.#next + 1) % STEPS;
    for (const [peer, unanswered] of slot) {
      // Its answer may have come and is not read: it is asked anew once it is, and how long that may take is decided elsewhere.
      if (peer.isPaused) {
        slot.set(peer, 0);
        continue;
      }
      if (unanswered >= 1) {
        peer.terminate();
        continue;
      }
      // It reads slowly: a ping would wait behind the rest, and how long that may take is decided elsewhere.
      if (peer.bufferedAmount > 0) continue;
      slot.set(peer, unanswered + 1);
      peer.ping();
    }
  }
}
