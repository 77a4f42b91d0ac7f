/** What the HTTP server itself allows: how long a request may take to arrive, how large its head may be. */

import type { Server, ServerOptions } from "node:http";
import type { Limits } from "../config.ts";

/** Connections that the kernel holds until they are accepted. Node's own 511 make a storm of clients wait for retries. */
export const LISTEN_BACKLOG = 4_096;
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
