/**
 * A token bucket on the injected clock: how fast a connection may go on, and for how long it may be faster. A cost
 * is always taken, also below zero: what has arrived has arrived, and the debt is waited for.
 */

import type { Clock } from "../base/clock.ts";

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** Tokens that come back in a second. */
  readonly perS: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

export class TokenBucket {
  readonly #clock: Clock;
  #perS: number;
  #burst: number;
  #tokens: number;
  #atMs: number;
  /** Since when it has not been half full again. */
  #emptySinceMs: number | null = null;

  constructor({ clock, perS, burst }: TokenBucketOptions) {
    assertRate(perS, burst);
    this.#clock = clock;
    this.#perS = perS;
    this.#burst = this.#tokens = burst;
    this.#atMs = clock.now();
  }

  /** What is left; negative: a debt. */
  get level(): number {
    this.#refill();
    return this.#tokens;
  }

  get burst(): number {
    return this.#burst;
  }

  /** For how long it has been drained again and again, without ever being half full in between; 0 when it is not drained. */
  get emptyForMs(): number {
    this.#refill();
    return this.#emptySinceMs === null ? 0 : this.#clock.now() - this.#emptySinceMs;
  }

  /** Takes `cost` tokens. Returns after how many ms there is no debt: 0 when there is none. */
  take(cost: number): number {
    this.#refill();
    this.#tokens -= cost;
    if (this.#tokens >= 0) return 0;
    this.#emptySinceMs ??= this.#clock.now();
    return Math.ceil((-this.#tokens * 1_000) / this.#perS);
  }

  /** Another rate from now on. What is in it stays, as far as it fits. */
  set(perS: number, burst: number): void {
    assertRate(perS, burst);
    this.#refill();
    this.#perS = perS;
    this.#burst = burst;
    this.#tokens = Math.min(this.#tokens, burst);
  }

  #refill(): void {
    const nowMs = this.#clock.now();
    // A clock that steps back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perS) / 1_000);
    if (this.#tokens >= this.#burst / 2) this.#emptySinceMs = null;
  }
}

function assertRate(perS: number, burst: number): void {
  if (!(perS > 0 && burst > 0))
    throw new RangeError(`Invalid rate of ${perS} tokens a second with a burst of ${burst}: expected more than 0`);
}
