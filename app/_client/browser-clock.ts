/** The browser's time and randomness, in the shapes that the kernel takes. */

import type { Clock } from "../../crdt/base/clock.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";

export const browserClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A generator that no other tab shares. */
export function randomPrng(): Prng {
  return createPrng([...crypto.getRandomValues(new Uint32Array(4))].join("."));
}
