/** The host's time and randomness, in the shapes that the kernel takes. */

import { randomInt } from "node:crypto";
import type { Clock } from "../crdt/base/clock.ts";
import { createPrng, type Prng } from "../crdt/base/prng.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A generator that no other process shares. */
export function randomPrng(): Prng {
  return createPrng(`${randomInt(2 ** 47)}.${randomInt(2 ** 47)}.${Date.now()}`);
}
