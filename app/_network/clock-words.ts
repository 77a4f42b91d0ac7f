/** Clocks in words. Pure. */

import type { Stamp } from "../../crdt/base/stamp.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import { spanText } from "../_client/span-text.ts";

export const CLOCK_TITLES: Readonly<Record<ClockKind, string>> = {
  wall: "Wall clock",
  lamport: "Lamport clock",
  hybrid: "Hybrid clock",
  node: "Server time",
};

export const CLOCK_LINES: Readonly<Record<ClockKind, string>> = {
  wall: "What the writer's own clock shows. A clock that is ahead wins until the others have come as far.",
  lamport: "One more than the highest stamp that the writer has seen. Whoever wrote more wins; no clock is read.",
  hybrid: "The writer's clock, but never behind what the writer has seen: who has seen a write is later than it.",
  node: "The clock of the server that the writer sits on, as the tab knows it. Nobody's own clock counts.",
};

/** "right", "5 min ahead", "1 h behind". Less than 50 ms is right: it is what a tab's setting takes to get there. */
export function offsetText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 50) return "right";
  return `${spanText(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead" : "behind"}`;
}

/**
 * Until when a stamp from the future wins over everything that is stamped by a clock that is right; null: it is past already,
 * or it is no time.
 */
export function ownedUntilMs(stamp: Stamp | null, kind: ClockKind, nowMs: number): number | null {
  return stamp === null || kind === "lamport" || kind === "hybrid" || stamp.wallMs <= nowMs ? null : stamp.wallMs;
}

/** The hands of a clock face at that moment of local time, in degrees from twelve. */
export function handsAt(atMs: number): { readonly hour: number; readonly minute: number; readonly second: number } {
  const at = new Date(atMs);
  const [seconds, minutes] = [at.getSeconds(), at.getMinutes() + at.getSeconds() / 60];
  return { hour: ((at.getHours() % 12) + minutes / 60) * 30, minute: minutes * 6, second: seconds * 6 };
}
