/** Which node orders a note, and by which time. Apart from the words: a note with a lock needs it at once. Pure. */

import { offsetAt } from "../../crdt/base/wall-clock.ts";
import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";

/** Who orders the note, and under which token; null: no node does. With two that believe so, the one that the others listen to. */
export function leaseHolderOf({ nodes }: NodesAnswer): { readonly id: string; readonly token: number } | null {
  const held = nodes.flatMap(({ id, state, note }) => {
    const token = note?.order?.token ?? null;
    return token === null || state === "down" ? [] : [{ id, token }];
  });
  return held.sort((a, b) => b.token - a.token)[0] ?? null;
}

/** The time by which the lock runs out: what the node that orders shows, right or wrong. */
export function lockNowMs(fabric: NodesAnswer | null, nowMs: number): number {
  const holder = fabric === null ? null : leaseHolderOf(fabric);
  const clock = fabric?.nodes.find(({ id }) => id === holder?.id)?.clock;
  return clock === undefined ? nowMs : nowMs + offsetAt(clock, nowMs);
}
