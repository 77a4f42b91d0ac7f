/** The condition *jitter*: how much longer than its latency one frame takes. */

import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import type { LinkConditions } from "./conditions.ts";

const PARETO_SHAPE = 2;
const PARETO_CAP = 20;

/** Milliseconds, never below 0. Draws from `prng` only where chance has a say. */
export function jitterMsOf({ jitter, jitterMs }: LinkConditions, prng: Prng): number {
  if (jitterMs === 0) return 0;
  switch (jitter) {
    case "constant":
      return jitterMs;
    case "uniform":
      return prng.float() * jitterMs;
    case "normal":
      return Math.max(0, normal(prng) * jitterMs);
    case "pareto":
      return Math.min(PARETO_CAP, (1 - prng.float()) ** (-1 / PARETO_SHAPE) - 1) * jitterMs;
    default:
      return unreachable(jitter);
  }
}

/** A standard normal variate (Box and Muller). */
function normal(prng: Prng): number {
  return Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
}
