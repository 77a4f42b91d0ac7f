/** What tests of a server of several nodes ask of its control plane. */

import WebSocket from "ws";
import { parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type {
  ControlEvent,
  ControlRequest,
  NodesAnswer,
  NodeStatus,
  ReplicasAnswer,
  ReplicaStatus,
} from "../../crdt/sync/control-messages.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
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

/** The same, for what must not be refused. */
export async function command(server: ServerProcess, method: string, path: string, body?: unknown): Promise<NodesAnswer> {
  const { status, json } = await control(server, method, path, body);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
  return json as NodesAnswer;
}

export async function replicasOf(server: ServerProcess, note: string): Promise<readonly ReplicaStatus[]> {
  return ((await control(server, "GET", `replicas?note=${note}`)).json as ReplicasAnswer).replicas;
}

export interface NodesWatch {
  /** Resolves with the first telling, the last one included, of which that holds. */
  until(isSo: (told: NodesAnswer) => boolean): Promise<NodesAnswer>;
  send(request: ControlRequest): void;
  /** What the server did not take. */
  readonly errors: string[];
  close(): void;
}

/** Somebody who looks at a note on the control socket, and has no copy of it; or the replica that is named. */
export async function watchNodes(
  server: ServerProcess,
  note: string,
  strategy: StrategyName,
  replicaId: ReplicaId = replicaIdFrom(4_242),
): Promise<NodesWatch> {
  const socket = new WebSocket(`ws://${server.url}/control`);
  const listeners = new Set<() => void>();
  const errors: string[] = [];
  let last: NodesAnswer | null = null;
  socket.on("message", (data: Buffer) => {
    const event = JSON.parse(data.toString()) as ControlEvent;
    if (event.type === "nodes") last = event;
    if (event.type === "error") errors.push(event.message);
    for (const listener of listeners) listener();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  const send = (request: ControlRequest): void => socket.send(JSON.stringify(request));
  send({ type: "hello", replicaId, noteId: parseNoteId(note)!, strategy, name: "Watcher" });
  return {
    errors,
    send,
    until: (isSo) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (last === null || !isSo(last)) return;
          listeners.delete(look);
          resolve(last);
        };
        listeners.add(look);
        look();
      }),
    close: () => socket.close(),
  };
}

export function nodeOf(told: NodesAnswer, id: string): NodeStatus {
  const found = told.nodes.find((node) => node.id === id);
  if (found === undefined) throw new Error(`No node ${id}`);
  return found;
}

/** Whether every node that runs has an equal copy of the note, of that length. */
export function areEqual({ nodes }: NodesAnswer, length: number): boolean {
  const digests = nodes.flatMap(({ note }) => (note === null ? [] : [note.digest]));
  const [first] = digests;
  return digests.length > 0 && digests.every((digest) => digest?.length === length && digest.contentHash === first?.contentHash);
}
