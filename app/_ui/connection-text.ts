/** What a connection does, in words. Pure. */

import type { SessionStatus } from "../../crdt/sync/replica-session.ts";

/** What the connection does, in words. */
export function connectionText({ connection, retryAtMs }: SessionStatus, nowMs: number): string {
  switch (connection) {
    case "idle":
      return "Not started";
    case "connecting":
      return "Connecting to the server";
    case "handshaking":
      return "Comparing with the server";
    case "synced":
      return "Connected";
    case "waiting": {
      const seconds = Math.max(0, Math.ceil(((retryAtMs ?? nowMs) - nowMs) / 1_000));
      return `Disconnected; next attempt in ${seconds} s`;
    }
    case "refused":
      return "The server refuses this copy";
    case "closed":
      return "Closed";
  }
}
