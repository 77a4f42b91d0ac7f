/** Upgrades: decides what a WebSocket request is for before there is a WebSocket. */

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { parseNoteId, parseReplicaId } from "../../crdt/base/ids.ts";
import { isStrategyName } from "../../crdt/strategy/registry.ts";
import { SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { SOCKET_FRAGMENTS_MAX, SOCKET_MESSAGE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { isSameOrigin } from "../http/origin.ts";
import { serveControl } from "./control-socket.ts";
import { serveSync, type SyncDependencies } from "./sync-socket.ts";

const CONTROL_BYTES_MAX = 2 * 1024 * 1024;

export interface SocketServer {
  /** Ends every connection with `code`, and those that do not answer without a goodbye. */
  close(code: number, reason: string): void;
}

/** Serves /sync/<noteId> and /control on `http`; every other upgrade goes to `others`. */
export function serveSockets(
  http: Server,
  dependencies: SyncDependencies,
  others: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | null,
): SocketServer {
  const options = { noServer: true, perMessageDeflate: false } as const;
  const sync = new WebSocketServer({
    ...options,
    // The session closes what is a little too large with a code that tells a client not to come back.
    maxPayload: SOCKET_MESSAGE_BYTES_MAX,
    maxFragments: SOCKET_FRAGMENTS_MAX,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const control = new WebSocketServer({ ...options, maxPayload: CONTROL_BYTES_MAX });
  let isClosing = false;

  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const url = new URL(request.url ?? "/", "http://localhost");
    const isSync = url.pathname === "/sync" || url.pathname.startsWith("/sync/");
    if (!isSync && url.pathname !== "/control") {
      if (others === null) refuse(socket, 404, "Not Found");
      else others(request, socket, head);
      return;
    }
    if (isClosing) return refuse(socket, 503, "Service Unavailable");
    if (!isSameOrigin(request)) return refuse(socket, 403, "Forbidden");
    if (!isSync) {
      control.handleUpgrade(request, socket, head, (ws) => serveControl(ws, dependencies.plane));
      return;
    }
    const noteId = parseNoteId(url.pathname.slice("/sync/".length));
    if (noteId === null) return refuse(socket, 400, "Bad Request");
    const strategy = url.searchParams.get("strategy") ?? "";
    sync.handleUpgrade(request, socket, head, (ws) =>
      serveSync(
        ws,
        {
          noteId,
          kind: ws.protocol === SUBPROTOCOL ? "tab" : "stock",
          replicaId: parseReplicaId(url.searchParams.get("replica") ?? ""),
          strategy: isStrategyName(strategy) ? strategy : null,
          name: url.searchParams.get("name"),
        },
        dependencies,
      ),
    );
  });

  return {
    close(code, reason) {
      isClosing = true;
      for (const client of control.clients) client.close(code, reason);
      for (const client of sync.clients) client.close(code, reason);
      setTimeout(() => {
        for (const server of [sync, control]) for (const client of server.clients) client.terminate();
      }, 500).unref();
    },
  };
}

/** Answers an upgrade with a plain HTTP error. */
function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
