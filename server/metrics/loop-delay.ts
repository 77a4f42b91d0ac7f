/**
 * How late the event loop comes to what is due: every few milliseconds it is asked to look, and what a look comes late is how
 * long something held it, up to the time between two looks short.
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";

/** The time between two looks, and so what a hold may be longer than it is seen. */
export const LOOK_MS = 5;

export interface LoopWatch {
  /** The longest delay since this was last asked for, in ms. */
  takeMaxMs(): number;
  close(): void;
}

export interface LoopWatchOptions {
  readonly clock: Pick<Clock, "setTimer">;
  /** A clock that knows fractions of a millisecond and never steps. */
  readonly nowMs: () => number;
  readonly observe: (delayMs: number) => void;
}

/** Looks until it is closed. */
export function watchLoop({ clock, nowMs, observe }: LoopWatchOptions): LoopWatch {
  let maxMs = 0;
  let dueAtMs = 0;
  let cancel: CancelTimer = () => undefined;
  const look = (): void => {
    const delayMs = Math.max(0, nowMs() - dueAtMs);
    maxMs = Math.max(maxMs, delayMs);
    observe(delayMs);
    wait();
  };
  const wait = (): void => {
    dueAtMs = nowMs() + LOOK_MS;
    cancel = clock.setTimer(LOOK_MS, look);
  };
  wait();
  return {
    takeMaxMs() {
      const taken = maxMs;
      maxMs = 0;
      return taken;
    },
    close: () => cancel(),
  };
}
