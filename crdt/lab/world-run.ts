/** How a world runs, of one node (world.ts) or of several (fabric-world.ts): timer by timer, with every promise settled in between. */

import type { VirtualClock } from "../base/clock.ts";
import { Hasher } from "../base/hash.ts";
import type { JournalEntry, JournalRing } from "../base/journal.ts";

/** Enough for every promise of a memory store to settle. */
const MICROTASKS = 20;
/** Frames that carry no part of the note. */
const CHATTER = new Set(["heartbeat", "awareness", "query-awareness", "epoch", "piece"]);

/** Lets `durationMs` go by on a clock. @throws Error after more than `stepsMax` timers: something goes round in a circle. */
export async function runClock(clock: VirtualClock, durationMs: number, stepsMax = Infinity): Promise<void> {
  const untilMs = clock.now() + durationMs;
  for (let steps = 0; ; steps++) {
    if (steps > stepsMax) throw new Error(`More than ${stepsMax} steps in ${durationMs} ms: messages go round in a circle`);
    await settle();
    const dueMs = clock.nextDueMs();
    if (dueMs === null || dueMs > untilMs) break;
    clock.step();
  }
  clock.advance(untilMs - clock.now());
  await settle();
}

/** Lets every promise of a memory store settle. */
export async function settle(): Promise<void> {
  for (let n = 0; n < MICROTASKS; n++) await Promise.resolve();
}

/** Whether something happened to the note. */
export function isWork(entry: JournalEntry): boolean {
  if (entry.kind === "sent" || entry.kind === "received") return !CHATTER.has(entry.frame);
  return isProgress(entry);
}

/** Whether somebody learned something, or something became durable. */
export function isProgress({ kind }: JournalEntry): boolean {
  return kind === "merged" || kind === "saved" || kind === "applied";
}

/** A digest of everything that a journal holds, in order. 16 hex digits. */
export function hashOfTrace(journal: JournalRing): string {
  const hasher = new Hasher();
  for (const entry of journal.since()) hasher.text(JSON.stringify(entry));
  return hasher.digest();
}
