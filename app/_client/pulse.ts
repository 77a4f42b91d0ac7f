/**
 * Whether the other end of a connection lives: it is asked at intervals, and where nothing at all was heard since it was last asked,
 * it is given up. So a death shows within two beats, though no socket was closed. Keeps one timer, until it is closed.
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";

export interface PulseOptions {
  readonly clock: Clock;
  readonly beatMs: number;
  /** Asks for a sign of life. */
  readonly ask: () => void;
  /** Called once, and nothing is asked after it. */
  readonly onSilence: () => void;
}

export class Pulse {
  readonly #options: PulseOptions;
  #hasHeard = true;
  #cancel: CancelTimer;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#cancel = this.#wait();
  }

  /** Anything has come from the other end. */
  heard(): void {
    this.#hasHeard = true;
  }

  close(): void {
    this.#cancel();
  }

  #wait(): CancelTimer {
    const { clock, beatMs, ask, onSilence } = this.#options;
    return clock.setTimer(beatMs, () => {
      if (!this.#hasHeard) {
        onSilence();
        return;
      }
      this.#hasHeard = false;
      this.#cancel = this.#wait();
      ask();
    });
  }
}
