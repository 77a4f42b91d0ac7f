/** Who a replica is, in words. Pure. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";

/** "You", the name that the control plane knows, or that it is nobody who is here. */
export function nameIn(replicas: readonly ReplicaStatus[], self: ReplicaId | null, replica: ReplicaId): string {
  return replica === self ? "You" : (replicas.find(({ replicaId }) => replicaId === replica)?.name ?? "somebody who has left");
}
