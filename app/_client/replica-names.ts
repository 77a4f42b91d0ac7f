/** Who a replica is, in words. Pure. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";

type Named = Pick<ReplicaStatus, "replicaId" | "name">;

/** No more of the replicas than `nameIn` asks for: it changes seldom. */
export function namesOf(replicas: readonly ReplicaStatus[]): readonly Named[] {
  return replicas.map(({ replicaId, name }) => ({ replicaId, name }));
}

/** "You", the name that the control plane knows, or that it is nobody who is here. */
export function nameIn(replicas: readonly Named[], self: ReplicaId | null, replica: ReplicaId): string {
  return replica === self ? "You" : (replicas.find(({ replicaId }) => replicaId === replica)?.name ?? "somebody who has left");
}
