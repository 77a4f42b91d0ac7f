/** The host's time and randomness, in the shapes that the kernel takes. */

import { randomInt } from "node:crypto";
import type { Clock } from "../crdt/base/clock.ts";
import { createPrng, type Prng } from "../crdt/base/prng.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, task) {
    // A timer of 0 would wait for a millisecond.
    if (delayMs <= 0) {
      const turn = setImmediate(task);
      return () => clearImmediate(turn);
    }
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Time that is never set: for how long something lasts. Its `now` is the host's wall clock as it was when the process began, and what has passed since. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.timeOrigin + performance.now() };

/** A generator that no other process shares. */
export function randomPrng(): Prng {
  return createPrng(`${randomInt(2 ** 47)}.${randomInt(2 ** 47)}.${Date.now()}`);
}
