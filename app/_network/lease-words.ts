/** The lease of a note's order and the lock of its writers in words. Pure. */

import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
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

/** Whether one node orders the note's writes. */
export function hasLease({ nodes }: NodesAnswer): boolean {
  return nodes.some(({ note }) => note?.order != null);
}

export function leaseText(fabric: NodesAnswer): string {
  const holder = leaseHolderOf(fabric);
  if (holder !== null) return `${holder.id} orders this note, under token ${holder.token}.`;
  return fabric.nodes.map(({ note }) => note?.order?.reason).find((text) => text != null) ?? "No server orders this note at the moment.";
}

export function lockText({ holder, token, queue, isFencing }: LockState, nameOf: (replica: ReplicaId) => string, leftS: number): string {
  const who =
    holder === null
      ? `Nobody has it; the last token was ${token}.`
      : `${nameOf(holder)} ${nameOf(holder) === "You" ? "have" : "has"} it under token ${token}, ${leftS} s left.`;
  const waiting = queue.length === 0 ? "" : ` Waiting: ${queue.map(nameOf).join(", ")}.`;
  return `${who}${waiting} Fencing is ${isFencing ? "on" : "off"}.`;
}
