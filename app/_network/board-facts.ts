/** What the board and its tables show of nodes and replicas: nothing that changes with every edit. Pure. */

import type { NodesAnswer, NodeStatus, ReplicaStatus } from "../../crdt/sync/control-messages.ts";

export type Person = Pick<ReplicaStatus, "replicaId" | "name" | "colour" | "kind">;

export interface BoardFacts extends Pick<NodesAnswer, "cuts" | "islands" | "sentences" | "schedule"> {
  readonly nodes: readonly Pick<NodeStatus, "id" | "state" | "clients">[];
}

/** Tabs and stock clients. */
export function peopleOf(replicas: readonly ReplicaStatus[]): Person[] {
  return replicas.filter(({ kind }) => kind !== "node").map(({ replicaId, name, colour, kind }) => ({ replicaId, name, colour, kind }));
}

export function boardFactsOf({ nodes, cuts, islands, sentences, schedule }: NodesAnswer): BoardFacts {
  return { nodes: nodes.map(({ id, state, clients }) => ({ id, state, clients })), cuts, islands, sentences, schedule };
}
