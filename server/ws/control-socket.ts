/** One /control connection: JSON both ways, under no fault. */

import type { WebSocket } from "ws";
import type { ControlEvent } from "../../crdt/sync/control-messages.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { controlRequest, issueText } from "../faults/control-schema.ts";
import { bytesOf } from "./ws-transport.ts";

/** What a tab may leave unread. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** Finds out that a peer is gone which said no goodbye. Control connections are under no fault, so a ping is enough. */
const PING_MS = 10_000;

export function serveControl(socket: WebSocket, plane: ControlPlane): void {
  const client = {
    send(event: ControlEvent): void {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.terminate();
      else socket.send(JSON.stringify(event));
    },
  };
  let isAlive = true;
  const pinging = setInterval(() => {
    if (!isAlive) socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  socket.on("pong", () => (isAlive = true));
  socket.on("message", (data, isBinary) => {
    const problem = isBinary ? "Expected JSON text" : takeText(client, new TextDecoder().decode(bytesOf(data)), plane);
    if (problem !== null) client.send({ type: "error", message: problem });
  });
  socket.on("close", () => {
    clearInterval(pinging);
    plane.leave(client);
  });
  // "close" follows.
  socket.on("error", () => undefined);
}

function takeText(client: Parameters<ControlPlane["take"]>[0], text: string, plane: ControlPlane): string | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "Expected JSON";
  }
  const parsed = controlRequest.safeParse(json);
  return parsed.success ? plane.take(client, parsed.data) : issueText(parsed.error);
}
