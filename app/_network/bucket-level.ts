/** A token bucket in words, and how it fills between two looks at it. Pure. */

import { numberText } from "../_client/number-text.ts";
import type { BucketGauge } from "../../crdt/sync/rate-board.ts";

/** What is in it `afterMs` later if nothing was sent. */
export function levelAfter({ level, perS, burst }: BucketGauge, afterMs: number): number {
  return Math.min(burst, level + (Math.max(0, afterMs) * perS) / 1_000);
}

/** "12 of 40, 20/s back"; where there is a debt, how long it is not read. */
export function bucketText({ perS, burst }: BucketGauge, level: number): string {
  const rate = `${numberText(perS)}/s back`;
  if (level > 0) return `${numberText(Math.floor(level))} of ${numberText(burst)}, ${rate}`;
  return `empty: not read for ${Math.max(0.1, -level / perS).toFixed(1)} s, ${rate}`;
}
