/** The server's nodes among the replicas: each is one more copy of the note. Pure. */

import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { NodesAnswer, ReplicaStatus } from "../../crdt/sync/control-messages.ts";

/** `replicas` with one row for each node in place of the one that stands for the server. The same list where there is one node. */
export function withNodes(replicas: readonly ReplicaStatus[], fabric: NodesAnswer | null): readonly ReplicaStatus[] {
  const server = replicas.find(({ kind }) => kind === "node");
  if (fabric === null || fabric.nodes.length < 2 || server === undefined) return replicas;
  const nodes = fabric.nodes.map(({ id, state, note, clock }): ReplicaStatus => ({
    ...server,
    // No replica has a name like this.
    replicaId: id as string as ReplicaStatus["replicaId"],
    name: id,
    node: id,
    isConnected: state === "up",
    cutSinceMs: firstCutMs(id, fabric),
    ...(clock === undefined ? {} : { clock }),
    digest: state === "up" || state === "paused" ? (note?.digest ?? null) : null,
  }));
  return [...replicas.filter(({ kind }) => kind !== "node"), ...nodes];
}

/** Since when a link of this node to another node is cut; null: none is. */
function firstCutMs(id: NodeId, { links }: NodesAnswer): number | null {
  const cut = links.flatMap(({ from, to, cutSinceMs }) => ((from === id || to === id) && cutSinceMs !== null ? [cutSinceMs] : []));
  return cut.length === 0 ? null : Math.min(...cut);
}

/** What an end of a link is called: a node's id, or a replica's name. */
export function endName(end: string, replicas: readonly Pick<ReplicaStatus, "replicaId" | "name">[]): string {
  return replicas.find(({ replicaId }) => replicaId === end)?.name ?? end;
}

/** The node that a replica sits on. */
export function homeOf(
  end: string,
  fabric: { readonly nodes: readonly Pick<NodesAnswer["nodes"][number], "id" | "clients">[] },
): NodeId | null {
  return fabric.nodes.find(({ clients }) => clients.some((client) => client === end))?.id ?? null;
}
