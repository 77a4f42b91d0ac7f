/** The lease of a note's order and the lock of its writers in words. Pure. */

import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import type { LockState } from "../../crdt/strategy/strategy.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import { leaseHolderOf } from "./lease-holder.ts";

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
