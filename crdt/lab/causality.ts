/**
 * Happened-before over the events of a run (Lamport 1978): what comes later on one line came after, and a message
 * arrives after it was sent. Two events of which neither came before the other are concurrent.
 */

import type { RunEvent } from "./time-machine.ts";

/** On each lane, up to where (inclusive) the past of an event reaches, and from where (inclusive) its future does. */
export interface Cone {
  readonly past: readonly number[];
  readonly future: readonly number[];
}

export type Relation = "self" | "past" | "future" | "concurrent" | "elsewhere";

/** The past and the future of event `n` on `lanes` lanes. Cost: linear in the events. @throws RangeError for no event. */
export function coneOf(events: readonly RunEvent[], n: number, lanes: number): Cone {
  const self = events[n];
  if (self === undefined) throw new RangeError(`No event ${n}: expected 0 to ${events.length - 1}`);
  const past = Array.from({ length: lanes }, () => -1);
  const future = Array.from({ length: lanes }, () => Number.MAX_SAFE_INTEGER);
  if (self.lane >= 0) past[self.lane] = future[self.lane] = n;
  const wanted = new Set<number>();
  for (let i = n; i >= 0; i--) {
    const { kind, lane, message } = events[i]!;
    if (lane < 0) continue;
    if (kind === "sent" && wanted.delete(message)) past[lane] = Math.max(past[lane]!, i);
    if (kind === "delivered" && i <= past[lane]!) wanted.add(message);
  }
  const carried = new Set<number>();
  for (let i = n; i < events.length; i++) {
    const { kind, lane, message } = events[i]!;
    if (lane < 0) continue;
    if (kind === "delivered" && carried.has(message)) future[lane] = Math.min(future[lane]!, i);
    if (kind === "sent" && i >= future[lane]!) carried.add(message);
  }
  return { past, future };
}

/** How `other` stands to event `n`, of which `cone` is. */
export function relationTo(cone: Cone, n: number, other: RunEvent): Relation {
  if (other.n === n) return "self";
  if (other.lane < 0) return "elsewhere";
  if (other.n <= cone.past[other.lane]!) return "past";
  return other.n >= cone.future[other.lane]! ? "future" : "concurrent";
}
