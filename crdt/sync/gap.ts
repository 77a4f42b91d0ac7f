/** What a peer's updates build on and is not here: it is asked for, a bounded number of times and for a bounded time ([UP2]). */

import type { Clock } from "../base/clock.ts";
import { ProtocolError } from "../base/errors.ts";
import { CLOSE } from "./close-codes.ts";
import { RESYNC_MS_MAX, RESYNCS_MAX } from "./limits.ts";

export class Gap {
  readonly #clock: Clock;
  #sinceMs: number | null = null;
  #questions = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** While it is open nothing of this peer is acknowledged: an ack covers all before it. */
  get isOpen(): boolean {
    return this.#sinceMs !== null;
  }

  /** Something is missing. @throws ProtocolError when the peer has been asked for it too often. */
  open(): void {
    if (++this.#questions > RESYNCS_MAX) throw new ProtocolError(CLOSE.tryLater, "What these updates build on never came");
    this.#sinceMs ??= this.#clock.now();
  }

  /** The answer is still to come. @throws ProtocolError when that takes too long. */
  stayOpen(): void {
    if (this.#clock.now() - (this.#sinceMs ?? 0) > RESYNC_MS_MAX)
      throw new ProtocolError(CLOSE.tryLater, "What these updates build on was asked for and never came");
  }

  close(): void {
    this.#questions = 0;
    this.#sinceMs = null;
  }
}
