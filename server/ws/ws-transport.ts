/** A WebSocket as a Transport. */

import type { RawData, WebSocket } from "ws";
import type { Transport } from "../../crdt/network/transport.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";

/** What a peer may leave unread before its connection is given up. */
const UNREAD_BYTES_MAX = 32 * 1024 * 1024;
/** Codes below 1000, and some from there on, may not be sent. */
const UNSENDABLE = new Set<number>([1004, 1005, CLOSE.abnormal, 1015]);

export function wsTransport(socket: WebSocket): Transport {
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      // A peer that does not read must not fill the memory; it will sync again from what it has.
      if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.terminate();
      else socket.send(frame);
    },
    close(code, reason) {
      if (UNSENDABLE.has(code)) socket.terminate();
      else socket.close(code, reason);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
  };
}

/** The bytes of one message, as one array. */
export function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
