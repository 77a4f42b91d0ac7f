/** A WebSocket as a Transport. */

import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import type { Transport } from "../../crdt/network/transport.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { GOODBYE_BYTES_MAX } from "../../crdt/sync/limits.ts";

/** Whatever fills it: no connection holds more than this. Sessions give up on a peer that does not read long before. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;
/** Codes below 1000, and some from there on, may not be sent. */
const UNSENDABLE = new Set<number>([1004, 1005, CLOSE.abnormal, 1015]);
/** Payloads up to this size are copied behind their head: one write instead of two. */
const JOINED_BYTES_MAX = 16 * 1024;

export function wsTransport(socket: WebSocket): Transport {
  return new WsTransport(socket);
}

class WsTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #raw: Socket | null;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#raw = rawOf(socket);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.terminate();
    else if (this.#raw === null) socket.send(frame);
    else write(this.#raw, frame);
  }

  close(code: number, reason: string): void {
    if (UNSENDABLE.has(code)) {
      this.#socket.terminate();
      return;
    }
    hearOut(this.#socket);
    this.#socket.close(code, reason);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

export function rawOf(socket: WebSocket): Socket | null {
  return (socket as { readonly _socket?: Socket | null })._socket ?? null;
}

/**
 * After a goodbye: a peer that goes on sending is hung up on. What comes is read, or the peer would not hear of it, and each
 * read costs memory until the engine gets round to it.
 */
export function hearOut(socket: WebSocket): void {
  const raw = rawOf(socket);
  const most = (raw?.bytesRead ?? 0) + GOODBYE_BYTES_MAX;
  raw?.on("data", () => {
    if (raw.bytesRead > most) socket.terminate();
  });
}

/** The message that was written last, and its bytes on the wire: a room sends one frame to many. */
let last: { frame: Uint8Array; head: Buffer; whole: Buffer | null } | null = null;

/**
 * Writes one binary message, framed once for all who get it. A server's frames carry no mask, so they are equal for
 * everybody; nothing here is compressed, and nothing else of `ws` is in the middle of a message.
 */
function write(socket: Socket, frame: Uint8Array): void {
  if (last === null || last.frame !== frame) last = framed(frame);
  if (last.whole !== null) {
    socket.write(last.whole);
    return;
  }
  socket.cork();
  socket.write(last.head);
  socket.write(frame);
  socket.uncork();
}

/** RFC 6455, 5.2: FIN and opcode 2, then the length in 7, 16 or 64 bits. */
function framed(frame: Uint8Array): NonNullable<typeof last> {
  const size = frame.length < 126 ? 2 : frame.length < 65_536 ? 4 : 10;
  const isJoined = frame.length <= JOINED_BYTES_MAX;
  const bytes = Buffer.allocUnsafe(isJoined ? size + frame.length : size);
  bytes[0] = 0x82;
  if (size === 2) bytes[1] = frame.length;
  else if (size === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(frame.length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeUIntBE(0, 2, 2);
    bytes.writeUIntBE(frame.length, 4, 6);
  }
  if (isJoined) bytes.set(frame, size);
  return { frame, head: isJoined ? bytes.subarray(0, size) : bytes, whole: isJoined ? bytes : null };
}

/** The bytes of one message, as one array. */
export function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
