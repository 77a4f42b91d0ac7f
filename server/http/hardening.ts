/** What the HTTP server itself allows: how long a request may take to arrive, how large its head may be. */

import type { Server, ServerOptions } from "node:http";
import type { Limits } from "../config.ts";
import { addressKey, LOOPBACK } from "./address.ts";

/** Connections that the kernel holds until they are accepted. Node's own 511 make a storm of clients wait for retries. */
export const LISTEN_BACKLOG = 4_096;
/** Connections of an address that are no WebSockets (yet), beyond its WebSockets. */
const SPARE_CONNECTIONS = 200;
/** How often slow requests are looked for, at most. */
const CHECK_MS_MAX = 1_000;
const HEAD_BYTES_MAX = 16 * 1024;

/** For `createServer`. */
export function hardenHttp({ headMsMax, requestMsMax }: Pick<Limits, "headMsMax" | "requestMsMax">): ServerOptions {
  return {
    headersTimeout: headMsMax,
    requestTimeout: Math.max(headMsMax, requestMsMax),
    connectionsCheckingInterval: Math.min(CHECK_MS_MAX, headMsMax),
    keepAliveTimeout: 5_000,
    maxHeaderSize: HEAD_BYTES_MAX,
    noDelay: true,
  };
}

/**
 * Hangs up on further connections of an address that has too many, before it has said a word: those that ask for
 * nothing count as well. A browser needs a few beside its WebSockets.
 */
export function limitConnections(
  http: Server,
  limits: Pick<Limits, "addressConnectionsMax" | "loopbackConnectionsMax">,
  onRefused: () => void,
): void {
  const open = new Map<string, number>();
  http.on("connection", (socket) => {
    const key = addressKey(socket.remoteAddress ?? "");
    const here = open.get(key) ?? 0;
    if (here >= (key === LOOPBACK ? limits.loopbackConnectionsMax : limits.addressConnectionsMax) + SPARE_CONNECTIONS) {
      onRefused();
      socket.destroy();
      return;
    }
    open.set(key, here + 1);
    socket.on("close", () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
  });
}

/** Answers what is no request: 408 to a head that does not end, 400 to one that cannot be read or is too large. */
export function answerBadHeads(http: Server, onRefused: (code: string) => void): void {
  http.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { code = "" } = error;
    // Nobody is there to be told.
    if (code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    onRefused(code);
    const status = code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  });
}
