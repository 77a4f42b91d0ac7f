/** The condition *flapping*: on for a while, off for a while, again and again, beginning with on. */

import type { CancelTimer, Clock } from "../base/clock.ts";

export class FlapSchedule {
  readonly #clock: Clock;
  readonly #period: { readonly onMs: number; readonly offMs: number };
  readonly #onTurn: () => void;
  #isOn = true;
  #cancel: CancelTimer;

  /** @throws RangeError unless both spans are above 0. */
  constructor(clock: Clock, period: { readonly onMs: number; readonly offMs: number }, onTurn: () => void) {
    if (!(period.onMs > 0 && period.offMs > 0))
      throw new RangeError(`Invalid spans ${period.onMs} and ${period.offMs} ms: expected both above 0`);
    this.#clock = clock;
    this.#period = period;
    this.#onTurn = onTurn;
    this.#cancel = this.#next();
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  close(): void {
    this.#cancel();
  }

  #next(): CancelTimer {
    return this.#clock.setTimer(this.#isOn ? this.#period.onMs : this.#period.offMs, () => {
      this.#isOn = !this.#isOn;
      this.#cancel = this.#next();
      this.#onTurn();
    });
  }
}
