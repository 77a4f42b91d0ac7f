/**
 * Whether a connection is read: not while its token bucket is empty, and not while its room has messages of it left for
 * another turn. A peer that is not read is slowed down by its own network stack and loses nothing ([RL1]).
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import type { Transport } from "../network/transport.ts";
import { OVERLOAD_MS_MAX } from "./limits.ts";
import type { TokenBucket } from "./token-bucket.ts";

export interface ReadingGateOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly bucket: TokenBucket;
  /** The bucket has been empty for too long. */
  onOverload(reason: string): void;
}

export class ReadingGate {
  readonly #options: ReadingGateOptions;
  #isHeld = false;
  #isShut = false;
  #cancelRefill: CancelTimer | null = null;

  constructor(options: ReadingGateOptions) {
    this.#options = options;
  }

  get bucket(): TokenBucket {
    return this.#options.bucket;
  }

  get isShut(): boolean {
    return this.#isShut;
  }

  /** Takes tokens for what has arrived, and stops reading until there is no debt. */
  spend(tokens: number): void {
    const { bucket, clock } = this.#options;
    const waitMs = bucket.take(tokens);
    if (waitMs === 0) return;
    if (bucket.emptyForMs >= OVERLOAD_MS_MAX) {
      this.#options.onOverload(`Too many messages for ${OVERLOAD_MS_MAX / 1_000} s`);
      return;
    }
    this.#cancelRefill?.();
    this.#cancelRefill = clock.setTimer(waitMs, () => {
      this.#cancelRefill = null;
      this.#turn();
    });
    this.#turn();
  }

  /** Stops reading until `release`. */
  hold(): void {
    this.#isHeld = true;
    this.#turn();
  }

  release(): void {
    this.#isHeld = false;
    this.#turn();
  }

  close(): void {
    this.#cancelRefill?.();
    this.#cancelRefill = null;
    // A socket that is not read does not notice that it is closed.
    this.#isHeld = false;
    this.#turn();
  }

  #turn(): void {
    const isShut = this.#isHeld || this.#cancelRefill !== null;
    if (isShut === this.#isShut) return;
    this.#isShut = isShut;
    if (isShut) this.#options.transport.pause?.();
    else this.#options.transport.resume?.();
  }
}
