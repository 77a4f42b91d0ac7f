/** Moments in words. Pure. */

import type { Stamp } from "../../crdt/base/stamp.ts";

/** Wall-clock time of a stamp to the millisecond: "14:02:09.120". */
export function stampText({ wallMs }: Stamp): string {
  return `${timeText(wallMs)}.${String(wallMs % 1_000).padStart(3, "0")}`;
}

/** Local wall-clock time: "14:02:09". */
export function timeText(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB", { hour12: false });
}
