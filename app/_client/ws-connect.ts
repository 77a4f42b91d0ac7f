/** A WebSocket as the kernel's Connect. */

import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { Connect } from "../../crdt/network/transport.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE, movedNodeOf } from "../../crdt/sync/close-codes.ts";
import { SUBPROTOCOL } from "../../crdt/sync/frames.ts";

/** The address of this server for WebSockets, with `path` and `query`. */
export function wsUrl(path: string, query: Readonly<Record<string, string>> = {}): string {
  const { protocol, host } = window.location;
  const search = new URLSearchParams(query).toString();
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}${search === "" ? "" : `?${search}`}`;
}

export interface SyncAddress {
  readonly noteId: NoteId;
  readonly replicaId: ReplicaId;
  readonly name: string;
  /** The node to connect to; absent: the one in the page's address. */
  readonly node?: string;
  /** null: the list of notes. */
  readonly strategy: StrategyName | null;
  /** What opens the note, looked up for each connection. */
  readonly capability: () => string | null;
}

/** Connects a replica to its note on this server. */
export function connectSync({ noteId, replicaId, name, node: ownNode, strategy, capability }: SyncAddress): Connect {
  const query = { replica: replicaId, name, ...(strategy === null ? {} : { strategy }) };
  return (handlers) => {
    const cap = capability();
    const node = ownNode ?? nodeInAddress();
    const asked = { ...query, ...(node === null ? {} : { node }), ...(cap === null ? {} : { cap }) };
    const url = wsUrl(`/sync/${noteId}`, asked);
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    let isDone = false;
    const done = (code: number, reason: string): void => {
      if (isDone) return;
      isDone = true;
      handlers.onClose({ code, reason });
    };
    socket.onopen = () => handlers.onOpen();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isDone && data instanceof ArrayBuffer) handlers.onFrame(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      const moved = code === CLOSE.moved ? movedNodeOf(reason) : null;
      if (moved !== null && ownNode === undefined) setNodeInAddress(moved);
      done(code, reason);
    };
    return {
      send(frame) {
        // TypeScript distinguishes views on shared memory; the kernel's never are.
        if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
      },
      close(code, reason) {
        // Pages may send 1000 and 3000 to 4999.
        socket.close(code >= 3000 ? code : CLOSE.normal, reason);
        done(code, reason);
      },
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
    };
  };
}

/** The server node that this page's address asks for (`?node=S2`); null: whichever the server takes. */
export function nodeInAddress(): string | null {
  return new URLSearchParams(window.location.search).get("node");
}

/** Keeps where this tab was moved to, for its next connections and for tabs that are opened from it. */
function setNodeInAddress(node: string): void {
  const url = new URL(window.location.href);
  url.searchParams.set("node", node);
  window.history.replaceState(window.history.state, "", url);
}
