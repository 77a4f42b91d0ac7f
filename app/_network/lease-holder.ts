/** Who orders a note, and by which clock its lock runs out. Pure; a note with a lock needs it at once. */

import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import { type ClockSetting, offsetAt } from "../../crdt/base/wall-clock.ts";

/** Who orders the note, and under which token; null: no node does. With two that believe so, the one that the others listen to. */
export function leaseHolderOf({ nodes }: NodesAnswer): { readonly id: string; readonly token: number } | null {
  const held = nodes.flatMap(({ id, state, note }) => {
    const token = note?.order?.token ?? null;
    return token === null || state === "down" ? [] : [{ id, token }];
  });
  return held.sort((a, b) => b.token - a.token)[0] ?? null;
}

/** How far the clock by which the lock runs out is off, that of the node that orders; null: it is right. */
export function lockClockOf(fabric: NodesAnswer | null): ClockSetting | null {
  const holder = fabric === null ? null : leaseHolderOf(fabric);
  return fabric?.nodes.find(({ id }) => id === holder?.id)?.clock ?? null;
}

/** The time by which the lock runs out: what that clock shows, right or wrong. */
export function lockNowMs(clock: ClockSetting | null, nowMs: number): number {
  return clock === null ? nowMs : nowMs + offsetAt(clock, nowMs);
}
