/** A room's counters as rates of the last moments. Pure. */

import type { RoomCounts } from "../../crdt/sync/room.ts";

/** Rates are over this long. */
const WINDOW_MS = 2_000;

export interface RoomSample {
  readonly atMs: number;
  readonly counts: RoomCounts;
}

export interface RoomRates {
  readonly clients: number;
  readonly updatesPerS: number;
  readonly framesPerS: number;
  /** Updates that shared a frame, on average; null while no frame went out. */
  readonly updatesPerFrame: number | null;
  readonly bytesPerS: number;
  readonly commitMs: number | null;
}

/** `samples` with another one; those that no rate needs any more are left out. A room that was opened anew begins anew. */
export function withSample(samples: readonly RoomSample[], next: RoomSample): readonly RoomSample[] {
  const last = samples.at(-1);
  if (last !== undefined && next.counts.updatesIn < last.counts.updatesIn) return [next];
  // The last one before the window is where the window begins.
  const first = samples.findLastIndex(({ atMs }) => atMs <= next.atMs - WINDOW_MS);
  return [...samples.slice(Math.max(0, first)), next];
}

/** The rates at `nowMs`: nothing is heard of a room in which nothing happens, so they fall to 0 by themselves. */
export function ratesOf(samples: readonly RoomSample[], nowMs: number): RoomRates | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  const first = samples.findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS) ?? samples[0]!;
  const seconds = Math.max(WINDOW_MS, nowMs - first.atMs) / 1_000;
  const { sessions, commitMs } = last.counts;
  const since = (what: "updatesIn" | "framesOut" | "deliveries" | "bytesIn"): number => last.counts[what] - first.counts[what];
  return {
    clients: sessions,
    updatesPerS: since("updatesIn") / seconds,
    framesPerS: since("framesOut") / seconds,
    updatesPerFrame: since("framesOut") === 0 ? null : since("deliveries") / since("framesOut"),
    bytesPerS: since("bytesIn") / seconds,
    commitMs,
  };
}
