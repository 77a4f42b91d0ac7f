/** What tests of a server of several nodes ask of its control plane. */

import type { ReplicasAnswer, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { ServerProcess } from "./server-process.ts";

export async function control(
  server: ServerProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`http://${server.url}/control/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

export async function replicasOf(server: ServerProcess, note: string): Promise<readonly ReplicaStatus[]> {
  return ((await control(server, "GET", `replicas?note=${note}`)).json as ReplicasAnswer).replicas;
}
